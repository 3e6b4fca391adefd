//! Everything this tool writes, and ELF files, by their first bytes.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::{Map, Value, json};
use zkvm_sdk::circuit::{KEY_MAGIC, PROOF_MAGIC, SegmentProof};
use zkvm_sdk::prover::estimate::{TableShapes, proved_tables};
use zkvm_sdk::witness::manifest::{MANIFEST_FILE, Manifest};
use zkvm_sdk::{Outcome, Program, Proof, TraceReader, VerifyingKey, digest_bytes};

use crate::numbers::{bytes, hex};
use crate::proof_file;

const ROM_MAGIC: &[u8] = b"ZKVM-ROM";
const TRACE_MAGIC: &[u8] = b"ZKVMTRCE";
const ELF_MAGIC: &[u8] = b"\x7fELF";

type Report = Map<String, Value>;
type Describe = fn(&[u8]) -> anyhow::Result<Value>;

/// What `path` is.
pub fn inspect(path: &Path) -> anyhow::Result<Report> {
    if path.is_dir() {
        return folder(path);
    }
    let file = proof_file::read(path)?;
    let kinds: [(&[u8], &str, Describe); 5] = [
        (&PROOF_MAGIC, "proof", proof),
        (&KEY_MAGIC, "verifying key", key),
        (ROM_MAGIC, "Rom", rom),
        (TRACE_MAGIC, "minimal trace", trace),
        (ELF_MAGIC, "ELF file", elf),
    ];
    let Some((_, kind, describe)) = kinds.into_iter().find(|(magic, ..)| file.starts_with(magic)) else {
        bail!("{}: neither a proof, a key, a Rom, a trace nor an ELF file, by its first bytes", path.display());
    };
    let described = describe(&file).with_context(|| format!("{} is a damaged {kind}", path.display()))?;
    Ok(report(kind, json!(file.len()), described))
}

fn report(kind: &str, size: Value, described: Value) -> Report {
    let mut report = Map::new();
    report.insert("kind".to_owned(), json!(kind));
    report.insert("bytes".to_owned(), size);
    if let Value::Object(fields) = described {
        report.extend(fields);
    }
    report
}

fn proof(file: &[u8]) -> anyhow::Result<Value> {
    let proof = Proof::decode(file)?;
    let shapes = TableShapes::new();
    let segments: Vec<Value> =
        proof.segments.iter().enumerate().map(|(index, segment)| segment_value(index, segment, &shapes)).collect();
    Ok(json!({
        "version": version(file),
        "key": hex(&proof.key),
        "exit_code": proof.exit_code,
        "public_output": bytes(proof.output.len() as u64),
        "public_output_bytes": proof.output.len(),
        "input": hex(&digest_bytes(&proof.input)),
        "segment_count": proof.segments.len(),
        "segments": segments,
    }))
}

fn segment_value(index: usize, segment: &SegmentProof, shapes: &TableShapes) -> Value {
    let tables = proved_tables(segment).ok();
    let heights: Option<Map<String, Value>> = tables.as_ref().map(|tables| {
        tables.iter().map(|table| (table.chip.name().to_owned(), json!(1_u64 << table.log_rows))).collect()
    });
    json!({
        "index": index,
        "bytes": segment.proof.len(),
        "end_pc": format!("{:#x}", segment.end.pc),
        "security_bits": tables.as_ref().map(|tables| (shapes.security_bits(tables) * 10.0).floor() / 10.0),
        "cells": tables.as_ref().map(|tables| shapes.cells_of(tables)),
        "rows": heights,
    })
}

/// The word after the mark of a proof or a key.
fn version(file: &[u8]) -> Option<u32> {
    file.get(PROOF_MAGIC.len()..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

fn key(file: &[u8]) -> anyhow::Result<Value> {
    let key = VerifyingKey::decode(file)?;
    Ok(json!({
        "version": version(file),
        "key": hex(&key.digest()),
        "entry": format!("{:#x}", key.entry),
        "program_rows": 1_u64 << key.log_program_rows,
    }))
}

/// Its identity alone: the rest is for the translator that wrote it.
fn rom(file: &[u8]) -> anyhow::Result<Value> {
    /// Hex digits of a hash of the translator's source, after the mark.
    const TRANSLATOR: usize = 64;
    let rest = &file[ROM_MAGIC.len()..];
    let (translator, rest) = rest.split_at_checked(TRANSLATOR).context("it is cut off")?;
    let program = rest.first_chunk::<32>().context("it is cut off")?;
    Ok(json!({ "translator": String::from_utf8_lossy(translator), "program": hex(program) }))
}

fn trace(file: &[u8]) -> anyhow::Result<Value> {
    let trace = TraceReader::new(file)?;
    let end = trace.end();
    Ok(json!({
        "program": trace.program().to_string(),
        "steps": end.end.step,
        "chunks": trace.chunks().len(),
        "log_bytes": trace.chunks().iter().map(|chunk| chunk.log.len() as u64).sum::<u64>(),
        "outcome": match end.outcome {
            Outcome::Halted { .. } => "halted",
            Outcome::Trapped { .. } => "trapped",
        },
        "exit_code": match end.outcome {
            Outcome::Halted { exit_code } => Some(exit_code),
            Outcome::Trapped { .. } => None,
        },
        "public_output_bytes": end.public_output.len(),
    }))
}

fn elf(file: &[u8]) -> anyhow::Result<Value> {
    let program = match Program::from_elf(file) {
        Ok(program) => program,
        Err(error) => return Ok(json!({ "guest": false, "reason": error.to_string() })),
    };
    Ok(json!({
        "guest": true,
        "program": program.id().to_string(),
        "entry": format!("{:#x}", program.entry()),
        "text_bytes": program.text_bytes(),
        "functions": program.functions().len(),
    }))
}

fn folder(path: &Path) -> anyhow::Result<Report> {
    let files: Vec<_> =
        fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?.flatten().collect();
    let size: u64 = files.iter().filter_map(|file| Some(file.metadata().ok()?.len())).sum();
    if path.join(MANIFEST_FILE).is_file() {
        let damaged = || format!("{} is a damaged witness", path.display());
        let text = fs::read_to_string(path.join(MANIFEST_FILE)).with_context(damaged)?;
        let manifest: Manifest = toml::from_str(&text).with_context(damaged)?;
        return Ok(report("witness", json!(size), witness(&manifest)));
    }
    let segments = files.iter().filter(|file| file.path().extension().is_some_and(|it| it == "segment")).count();
    if path.join("run").is_file() {
        let described = json!({ "segment_count": segments });
        return Ok(report("finished segments of an interrupted proof", json!(size), described));
    }
    bail!("{}: a folder, and no witness: there is no {MANIFEST_FILE} in it", path.display())
}

fn witness(manifest: &Manifest) -> Value {
    let tables: Vec<Value> = manifest
        .tables
        .iter()
        .map(|table| json!({ "name": table.name, "rows": table.rows, "bytes": table.bytes }))
        .collect();
    json!({
        "version": manifest.format_version,
        "program": manifest.program,
        "steps": manifest.steps,
        "complete": manifest.complete,
        "outcome": manifest.outcome.outcome().map(|outcome| match outcome {
            Outcome::Halted { .. } => "halted",
            Outcome::Trapped { .. } => "trapped",
        }),
        "chunks": manifest.chunks.len(),
        "tables": tables,
    })
}
