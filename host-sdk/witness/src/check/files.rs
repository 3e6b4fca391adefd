//! The files of a witness: manifest, checksums, program, input, output.

use std::fs::File;
use std::path::Path;

use rayon::prelude::*;
use zkvm_abi::INPUT;
use zkvm_machine::{Class, MachineState, Outcome, Program};
use zkvm_trace::RegisterCheckpoint;

use crate::check::error::{CheckError, CheckOptions};
use crate::manifest::{ColumnRecord, FORMAT, INPUT_FILE, MANIFEST_FILE, Manifest, OUTPUT_FILE, PROGRAM_FILE, from_hex};
use crate::replay::continues;
use crate::table::schema::{FORMAT_VERSION, Table};

/// A witness whose files are what its manifest says.
pub(super) struct Witness<'w> {
    pub directory: &'w Path,
    pub manifest: Manifest,
    pub program: Program,
    pub input: Vec<u8>,
    pub public_output: Vec<u8>,
    pub outcome: Outcome,
    pub start: RegisterCheckpoint,
    pub end: RegisterCheckpoint,
}

impl Witness<'_> {
    /// Rows of `table`, if it is there.
    pub(super) fn rows(&self, table: Table) -> Option<u64> {
        self.manifest.table(table).map(|record| record.rows)
    }

    pub(super) fn has_all_steps(&self) -> bool {
        Class::ALL.into_iter().all(|class| self.rows(Table::Steps(class)).is_some())
    }
}

/// Reads the manifest in `directory` and checks all files against it.
pub(super) fn open<'w>(directory: &'w Path, options: &CheckOptions) -> Result<Witness<'w>, CheckError> {
    let manifest = read_manifest(directory)?;
    check_tables(&manifest)?;
    check_sums(directory, &manifest)?;
    let read = |name: &str| {
        let path = directory.join(name);
        std::fs::read(&path).map_err(|source| CheckError::Io { path, source })
    };
    let program = Program::from_elf(&read(PROGRAM_FILE)?)?;
    if manifest.program != program.id().to_string() {
        return Err(CheckError::Manifest { field: "program" });
    }
    if let Some(expected) = options.program.filter(|&expected| expected != program.id()) {
        return Err(CheckError::Program { expected, actual: program.id() });
    }
    let input = read(INPUT_FILE)?;
    if input.len() as u64 > INPUT.bytes() {
        return Err(CheckError::Manifest { field: "length of the input" });
    }
    let outcome = manifest.outcome.outcome().ok_or(CheckError::Manifest { field: "outcome" })?;
    let start = manifest.start.checkpoint().ok_or(CheckError::Manifest { field: "start" })?;
    let end = manifest.end.checkpoint().ok_or(CheckError::Manifest { field: "end" })?;
    check_range(&manifest, &start, &end)?;
    if start.step == 0 {
        let entry = RegisterCheckpoint { step: 0, state: MachineState::at_entry(program.entry()) };
        continues(0, &entry, &start)?;
    }
    let public_output = read(OUTPUT_FILE)?;
    if matches!(outcome, Outcome::Trapped { .. }) && !public_output.is_empty() {
        return Err(CheckError::Manifest { field: "length of the public output after a trap" });
    }
    Ok(Witness { directory, manifest, program, input, public_output, outcome, start, end })
}

fn read_manifest(directory: &Path) -> Result<Manifest, CheckError> {
    let path = directory.join(MANIFEST_FILE);
    let text = std::fs::read_to_string(&path).map_err(|source| CheckError::Io { path: path.clone(), source })?;
    let failed = |source| CheckError::Toml { path: path.clone(), source: Box::new(source) };
    // Format and version first: another version has other fields.
    let fields: toml::Table = toml::from_str(&text).map_err(failed)?;
    if fields.get("format").and_then(toml::Value::as_str) != Some(FORMAT) {
        return Err(CheckError::Manifest { field: "format" });
    }
    let version = fields.get("format_version").and_then(toml::Value::as_integer).unwrap_or(0);
    if version != i64::from(FORMAT_VERSION) {
        return Err(CheckError::Version { version: version.try_into().unwrap_or(0) });
    }
    fields.try_into().map_err(failed)
}

/// Names, order and columns of the tables; names of the other files.
fn check_tables(manifest: &Manifest) -> Result<(), CheckError> {
    let mut previous = None;
    for record in &manifest.tables {
        let table = Table::by_name(&record.name).ok_or(CheckError::Manifest { field: "name of a table" })?;
        if previous >= Some(table) {
            return Err(CheckError::Manifest { field: "order of the tables" });
        }
        previous = Some(table);
        if record.file != table.file_name() {
            return Err(CheckError::Manifest { field: "file of a table" });
        }
        if record.columns != ColumnRecord::all_of(table) {
            return Err(CheckError::Columns { table });
        }
    }
    let names = manifest.files.iter().map(|file| file.name.as_str());
    if !names.eq([PROGRAM_FILE, INPUT_FILE, OUTPUT_FILE]) {
        return Err(CheckError::Manifest { field: "list of files" });
    }
    if !["none", "zstd"].contains(&manifest.compression.as_str()) {
        return Err(CheckError::Manifest { field: "compression" });
    }
    Ok(())
}

fn check_sums(directory: &Path, manifest: &Manifest) -> Result<(), CheckError> {
    let files = manifest.files.iter().map(|file| (&file.name, file.bytes, &file.blake3));
    let tables = manifest.tables.iter().map(|table| (&table.file, table.bytes, &table.blake3));
    let all: Vec<_> = files.chain(tables).collect();
    let wrong = all.par_iter().find_map_first(|(name, bytes, sum)| {
        let path = directory.join(name);
        let hashed = File::open(&path).and_then(|file| {
            let mut hasher = blake3::Hasher::new();
            hasher.update_reader(file)?;
            Ok((hasher.count(), hasher.finalize().to_string()))
        });
        match hashed {
            Err(source) => Some(CheckError::Io { path, source }),
            Ok((count, hash)) => (count != *bytes || hash != **sum).then_some(CheckError::Checksum { path }),
        }
    });
    wrong.map_or(Ok(()), Err)
}

/// Which steps are there: the chunks cover them without gap.
fn check_range(manifest: &Manifest, start: &RegisterCheckpoint, end: &RegisterCheckpoint) -> Result<(), CheckError> {
    let mut step = start.step;
    for (offset, chunk) in manifest.chunks.iter().enumerate() {
        let wrong = |field| Err(CheckError::Chunk { chunk: chunk.index, field });
        if chunk.index != manifest.chunks[0].index.wrapping_add(offset as u64) {
            return wrong("index");
        }
        if chunk.first_step != step {
            return wrong("first step");
        }
        step = match step.checked_add(chunk.steps) {
            Some(next) if next > step => next,
            _ => return wrong("number of steps"),
        };
        if chunk.rows.len() != Class::ALL.len() {
            return wrong("list of rows");
        }
        if from_hex(&chunk.pc).is_none() {
            return wrong("pc");
        }
    }
    let field = |field| Err(CheckError::Manifest { field });
    if manifest.chunks.first().is_some_and(|chunk| (chunk.index == 0) != (start.step == 0)) {
        return field("first chunk");
    }
    if step != end.step || step > manifest.steps {
        return field("number of steps");
    }
    let has_all = Table::all().all(|table| manifest.table(table).is_some());
    if manifest.complete != (has_all && start.step == 0 && end.step == manifest.steps) {
        return field("complete");
    }
    Ok(())
}
