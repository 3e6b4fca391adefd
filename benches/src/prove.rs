//! One guest proved: in a process of its own, so that its memory is measured alone.
use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use zkvm_real_guests::{Guest, guest_elf};
use zkvm_sdk::prover::estimate::{TableShapes, proved_tables};
use zkvm_sdk::prover::{Segmenter, Setup};
use zkvm_sdk::translator::TranslateOptions;
use zkvm_sdk::{
    Engine, Input, Program, Proof, ProveOptions, Rom, RunOptions, log_buffers, prove, run_traced, setup, trace_end,
    verify,
};

use crate::clock::{Spender, timed};
use crate::measure::peak_memory;

/// What one round measured.
#[derive(Clone, Serialize, Deserialize)]
pub struct Proved {
    pub guest: String,
    pub steps: u64,
    pub segments: u64,
    pub segment_steps: u64,
    /// Wall time from Rom, key and input to proof: the run included.
    pub prove_seconds: f64,
    /// Processor time of the same.
    pub cpu_seconds: f64,
    pub steps_per_second: f64,
    /// Base-field cells committed: main, permutation, quotient, padding included.
    pub cells_per_step: f64,
    pub proof_bytes: u64,
    pub verify_seconds: f64,
    pub security_bits: f64,
    pub peak_memory_bytes: u64,
    /// Translation and the program's commitments; once per program.
    pub setup_seconds: f64,
    /// Processor time of running, replaying, stitching and filling tables, done once more without proofs, as a share of the
    /// proof's.
    pub witness_share: f64,
    /// Share of the cells, the largest first.
    pub tables: Vec<(String, f64)>,
}

/// Measures in a child, which runs [`in_child`].
pub fn measure(guest: &Guest, segment_steps: u64) -> Result<Proved> {
    let folder = TempDir::new()?;
    let (elf, input) = (folder.path().join("elf"), folder.path().join("input"));
    fs::write(&elf, guest_elf(guest)?)?;
    fs::write(&input, guest.prove_input.as_ref().unwrap_or(&guest.test_input).bytes()?)?;
    let mut command = Command::new(env::current_exe()?);
    command.arg("prove-one").arg(&guest.name).args([&elf, &input]).arg(segment_steps.to_string());
    let output = command.stderr(Stdio::inherit()).output().context("cannot start the measuring process")?;
    ensure!(output.status.success(), "the measuring process failed: {}", output.status);
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Proves and verifies once.
pub fn in_child(guest: String, elf: &Path, input: &PathBuf, segment_steps: u64) -> Result<Proved> {
    let program = Program::from_elf(&fs::read(elf)?)?;
    let input = Input::new(fs::read(input)?)?;
    let started = Instant::now();
    let rom = Rom::translate(&program, &TranslateOptions::default());
    let ready = setup(&program)?;
    let setup_seconds = started.elapsed().as_secs_f64();
    let key = ready.key.clone();
    let mut options = ProveOptions { segment_steps, ..ProveOptions::default() };
    let started = Instant::now();
    let (cpu, proved) = timed(Spender::Process, || prove(&program, &rom, ready, &input, &mut options))?;
    let prove_seconds = started.elapsed().as_secs_f64();
    let proved = proved?;
    let peak_memory_bytes = peak_memory()?;
    let file = proved.proof.encode();
    let proof = Proof::decode(&file)?;
    let started = Instant::now();
    let public = verify(&key, &proof)?;
    let verify_seconds = started.elapsed().as_secs_f64();
    ensure!(public.exit_code == 0, "the guest failed with exit code {}", public.exit_code);
    let (cells, tables) = cells(&proof)?;
    let again = setup(&program)?;
    let (witness, filled) = timed(Spender::Process, || fill(&program, &rom, &again, &input, segment_steps))?;
    filled?;
    Ok(Proved {
        guest,
        steps: proved.steps,
        segments: proof.segments.len() as u64,
        segment_steps,
        prove_seconds,
        cpu_seconds: cpu.as_secs_f64(),
        steps_per_second: proved.steps as f64 / prove_seconds,
        cells_per_step: cells as f64 / proved.steps as f64,
        proof_bytes: file.len() as u64,
        verify_seconds,
        security_bits: public.security_bits,
        peak_memory_bytes,
        setup_seconds,
        witness_share: witness.as_secs_f64() / cpu.as_secs_f64(),
        tables,
    })
}

/// Everything that comes before the proofs: the run with its trace, segments, filled tables.
fn fill(program: &Program, rom: &Rom, setup: &Setup, input: &Input, segment_steps: u64) -> Result<()> {
    let mut segmenter = Segmenter::new(program, &setup.rows, input, segment_steps);
    let mut console = |_, _: &[u8]| ();
    let mut options = RunOptions::new(&mut console);
    options.chunk_steps = segment_steps;
    options.log_buffers = Some(log_buffers(2, segment_steps));
    let mut failed = None;
    let run = run_traced(program, Engine::Native(rom), input, &mut options, &mut |chunk| {
        let flow = segmenter.chunk((&chunk).into(), |segment| {
            drop(black_box(segment.tables(&setup.machine, &setup.rows)));
            ControlFlow::Continue(())
        });
        flow.unwrap_or_else(|error| {
            failed = Some(error);
            ControlFlow::Break(())
        })
    });
    failed.map_or(Ok(()), Err)?;
    segmenter.end(&trace_end(&run?))?;
    Ok(())
}

/// Cells of the proof, and each table's share.
fn cells(proof: &Proof) -> Result<(u64, Vec<(String, f64)>)> {
    let shapes = TableShapes::new();
    let mut tables: Vec<(String, u64)> = Vec::new();
    for segment in &proof.segments {
        for table in proved_tables(segment)? {
            let (name, cells) = (table.chip.name(), shapes.cells_of(&[table]));
            match tables.iter_mut().find(|(known, _)| known == name) {
                Some((_, sum)) => *sum += cells,
                None => tables.push((name.to_owned(), cells)),
            }
        }
    }
    tables.sort_by_key(|(_, cells)| std::cmp::Reverse(*cells));
    let all: u64 = tables.iter().map(|(_, cells)| cells).sum();
    Ok((all, tables.into_iter().map(|(name, cells)| (name, cells as f64 / all as f64)).collect()))
}

impl Proved {
    /// The better of two rounds: the one that others on the machine disturbed less.
    pub fn better(self, other: Proved) -> Proved {
        if other.prove_seconds < self.prove_seconds { other } else { self }
    }
}
