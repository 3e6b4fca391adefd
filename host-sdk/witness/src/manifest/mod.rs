//! `manifest.toml`: what a witness directory holds.

mod convert;

use std::path::Path;

use serde::{Deserialize, Serialize};
use zkvm_machine::MachineState;

use crate::table::schema::Table;

/// Name of the manifest's file.
pub const MANIFEST_FILE: &str = "manifest.toml";
/// Name of the guest program's file.
pub const PROGRAM_FILE: &str = "program.elf";
/// Name of the file with the contents of the input region.
pub const INPUT_FILE: &str = "input.bin";
/// Name of the file with the public output.
pub const OUTPUT_FILE: &str = "public_output.bin";
/// What `format` says.
pub const FORMAT: &str = "zkvm-witness";

/// The manifest. Integers that may exceed 63 bits are hexadecimal strings (`0x…`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// [`crate::FORMAT_VERSION`].
    pub format_version: u32,
    /// Version of the tool that wrote the witness.
    pub tool_version: String,
    /// Identity of the program, hexadecimal.
    pub program: String,
    /// Steps of the whole run.
    pub steps: u64,
    /// Whether all steps and all tables are there.
    pub complete: bool,
    /// `none` or `zstd`.
    pub compression: String,
    /// How the guest ended.
    pub outcome: OutcomeRecord,
    /// The state before the first step that is written.
    pub start: StateRecord,
    /// The state after the last step that is written.
    pub end: StateRecord,
    /// The files that are no tables.
    pub files: Vec<FileRecord>,
    /// The tables, in the order of [`Table::all`]; those not asked for are left out.
    pub tables: Vec<TableRecord>,
    /// The chunks whose steps are written.
    pub chunks: Vec<ChunkRecord>,
}

/// A file that is no table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// Its name in the directory.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its Blake3 hash, hexadecimal.
    pub blake3: String,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRecord {
    /// Name of the table.
    pub name: String,
    /// Name of its file.
    pub file: String,
    /// Rows.
    pub rows: u64,
    /// Length of the file.
    pub bytes: u64,
    /// Blake3 hash of the file, hexadecimal.
    pub blake3: String,
    /// Columns in order.
    pub columns: Vec<ColumnRecord>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnRecord {
    /// Name.
    pub name: String,
    /// `u8`, `u32`, `i32` or `u64`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Unit.
    pub unit: String,
    /// Meaning.
    pub meaning: String,
}

/// Where the steps of a chunk are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChunkRecord {
    /// Number of the chunk in the run.
    pub index: u64,
    /// Its first step.
    pub first_step: u64,
    /// Its steps.
    pub steps: u64,
    /// pc before its first step.
    pub pc: String,
    /// Blake3 hash of the register checkpoint before its first step, hexadecimal.
    pub checkpoint: String,
    /// Rows in each of the step tables, in the order of [`crate::Class::ALL`].
    pub rows: Vec<u64>,
}

/// A register checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateRecord {
    /// Steps executed before.
    pub step: u64,
    /// Address of the next instruction.
    pub pc: String,
    /// `x1` to `x31`.
    pub x: Vec<String>,
    /// Address of the reservation; absent if none is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservation_address: Option<String>,
    /// Bytes of the reservation; absent if none is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservation_bytes: Option<u64>,
}

/// An [`zkvm_machine::Outcome`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of Outcome and Trap")]
pub enum OutcomeRecord {
    /// `exit`.
    Halted { exit_code: u32 },
    /// A trap. `value` is what the trap is about (a word, an address, a number), `bytes` the width of an access.
    Trapped { pc: String, trap: String, value: String, bytes: u64 },
}

/// `value` as the manifest writes it.
pub(crate) fn hex(value: u64) -> String {
    format!("{value:#x}")
}

/// The value of a hexadecimal string of the manifest.
pub(crate) fn from_hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

/// Hash of a register checkpoint: step, pc, x1 to x31, reservation address, reservation bytes, each as 8 bytes
/// little-endian, as in a trace file.
pub(crate) fn checkpoint_hash(step: u64, state: &MachineState) -> String {
    let mut hasher = blake3::Hasher::new();
    let (address, bytes) = state.reservation.map_or((0, 0), |held| (held.address, held.width.bytes()));
    for value in [step, state.pc].iter().chain(&state.x[1..]).chain(&[address, bytes]) {
        hasher.update(&value.to_le_bytes());
    }
    hasher.finalize().to_string()
}

impl Manifest {
    /// Whether `directory` holds a witness, of whatever version, and nothing else.
    pub(crate) fn is_witness(directory: &Path) -> bool {
        let is_known = |name: &str| {
            [MANIFEST_FILE, PROGRAM_FILE, INPUT_FILE, OUTPUT_FILE].contains(&name) || name.ends_with(".arrow")
        };
        let Ok(mut entries) = std::fs::read_dir(directory) else { return false };
        let text = std::fs::read_to_string(directory.join(MANIFEST_FILE)).unwrap_or_default();
        let manifest = text.parse::<toml::Table>().unwrap_or_default();
        manifest.get("format").and_then(toml::Value::as_str) == Some(FORMAT)
            && entries.all(|entry| entry.is_ok_and(|entry| entry.file_name().to_str().is_some_and(is_known)))
    }

    /// The record of `table`, if it was written.
    pub fn table(&self, table: Table) -> Option<&TableRecord> {
        self.tables.iter().find(|record| record.name == table.name())
    }
}

impl ColumnRecord {
    pub(crate) fn all_of(table: Table) -> Vec<ColumnRecord> {
        let record = |column: &crate::table::schema::Column| ColumnRecord {
            name: column.name.to_owned(),
            kind: column.kind.name().to_owned(),
            unit: column.unit.to_owned(),
            meaning: column.meaning.to_owned(),
        };
        table.columns().iter().map(record).collect()
    }
}
