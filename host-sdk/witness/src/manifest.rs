//! `manifest.toml`: what a witness directory holds.

use std::path::Path;

use serde::{Deserialize, Serialize};
use zkvm_machine::{MachineState, Outcome, Trap, Width};
use zkvm_trace::RegisterCheckpoint;

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

/// An [`Outcome`].
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

impl StateRecord {
    pub(crate) fn new(checkpoint: &RegisterCheckpoint) -> StateRecord {
        let RegisterCheckpoint { step, state } = checkpoint;
        StateRecord {
            step: *step,
            pc: hex(state.pc),
            x: state.x[1..].iter().map(|&value| hex(value)).collect(),
            reservation_address: state.reservation.map(|held| hex(held.address)),
            reservation_bytes: state.reservation.map(|held| held.width.bytes()),
        }
    }

    /// The checkpoint, or `None` if a field does not parse.
    pub(crate) fn checkpoint(&self) -> Option<RegisterCheckpoint> {
        let mut x = [0; 32];
        let values: Vec<u64> = self.x.iter().map(|text| from_hex(text)).collect::<Option<_>>()?;
        (values.len() == 31).then(|| x[1..].copy_from_slice(&values))?;
        let reservation = match (&self.reservation_address, self.reservation_bytes) {
            (None, None) => None,
            (Some(address), Some(bytes)) => {
                let width = Width::ALL.into_iter().find(|width| width.bytes() == bytes)?;
                Some(zkvm_machine::Reservation { address: from_hex(address)?, width })
            }
            _ => return None,
        };
        let state = MachineState { pc: from_hex(&self.pc)?, x, reservation };
        Some(RegisterCheckpoint { step: self.step, state })
    }
}

impl From<&Outcome> for OutcomeRecord {
    fn from(outcome: &Outcome) -> OutcomeRecord {
        let (pc, trap) = match *outcome {
            Outcome::Halted { exit_code } => return OutcomeRecord::Halted { exit_code },
            Outcome::Trapped { pc, trap } => (pc, trap),
        };
        let (name, value, bytes) = match trap {
            Trap::IllegalInstruction { word } => ("illegal_instruction", word.into(), 0),
            Trap::FetchFault { address } => ("fetch_fault", address, 0),
            Trap::MisalignedJump { target } => ("misaligned_jump", target, 0),
            Trap::LoadFault { address, width } => ("load_fault", address, width.bytes()),
            Trap::StoreFault { address, width } => ("store_fault", address, width.bytes()),
            Trap::MisalignedAtomic { address, width } => ("misaligned_atomic", address, width.bytes()),
            Trap::Breakpoint => ("breakpoint", 0, 0),
            Trap::UnknownSystemCall { number } => ("unknown_system_call", number, 0),
        };
        OutcomeRecord::Trapped { pc: hex(pc), trap: name.to_owned(), value: hex(value), bytes }
    }
}

impl OutcomeRecord {
    /// The outcome, or `None` if a field does not parse.
    pub fn outcome(&self) -> Option<Outcome> {
        let (pc, trap, value, bytes) = match self {
            OutcomeRecord::Halted { exit_code } => return Some(Outcome::Halted { exit_code: *exit_code }),
            OutcomeRecord::Trapped { pc, trap, value, bytes } => (from_hex(pc)?, trap, from_hex(value)?, *bytes),
        };
        let width = || Width::ALL.into_iter().find(|width| width.bytes() == bytes);
        let trap = match trap.as_str() {
            "illegal_instruction" => Trap::IllegalInstruction { word: value.try_into().ok()? },
            "fetch_fault" => Trap::FetchFault { address: value },
            "misaligned_jump" => Trap::MisalignedJump { target: value },
            "load_fault" => Trap::LoadFault { address: value, width: width()? },
            "store_fault" => Trap::StoreFault { address: value, width: width()? },
            "misaligned_atomic" => Trap::MisalignedAtomic { address: value, width: width()? },
            "breakpoint" => Trap::Breakpoint,
            "unknown_system_call" => Trap::UnknownSystemCall { number: value },
            _ => return None,
        };
        Some(Outcome::Trapped { pc, trap })
    }
}
