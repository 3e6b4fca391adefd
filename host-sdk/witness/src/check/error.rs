//! What a check is asked, what it answers, how it fails.

use std::path::PathBuf;

use arrow_schema::ArrowError;
use zkvm_machine::{Class, ElfError, Outcome, ProgramId, Trap};

use crate::memory::stitch::InconsistentRead;
use crate::replay::ReplayError;
use crate::table::schema::Table;

/// Options of a check.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// The program the witness must be of; by default the one in its directory.
    pub program: Option<ProgramId>,
    /// Where temporary files go; by default the system's directory for them.
    pub scratch: Option<PathBuf>,
}

/// What was checked.
#[derive(Clone, Debug)]
pub struct CheckReport {
    /// The program.
    pub program: ProgramId,
    /// How the guest ended, by the manifest.
    pub outcome: Outcome,
    /// Steps of the whole run, by the manifest.
    pub steps: u64,
    /// Rows of each table that is there.
    pub tables: Vec<(Table, u64)>,
    /// What a complete witness would have allowed to check; empty for a complete one.
    pub not_checked: Vec<NotChecked>,
}

/// Something that cannot be checked because the witness is partial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotChecked {
    /// A table was not written.
    #[error("table {} is not there", _0.name())]
    Table(Table),
    /// The chunks before were not written.
    #[error("the state at step {step}, where the witness starts")]
    Start {
        /// First step written.
        step: u64,
    },
    /// The chunks after were not written.
    #[error("the steps from {step} on, the outcome and the public output")]
    End {
        /// The step after the last written.
        step: u64,
    },
    /// Not all step tables are there.
    #[error("that steps follow each other, and the registers they read")]
    Registers,
    /// Step or memory tables are missing.
    #[error("that the accesses of the memory table are those of the steps")]
    Accesses,
    /// Neither all step tables nor the memory table is there, or not from the first step on.
    #[error("that loads return what was stored last, and the public output")]
    Memory,
    /// Not all step tables are there.
    #[error("the counts")]
    Counts,
}

/// Why a witness is wrong. Row numbers count from 0.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The file system failed.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What.
        source: std::io::Error,
    },
    /// The manifest does not parse.
    #[error("{}: {source}", path.display())]
    Toml {
        /// Where.
        path: PathBuf,
        /// What.
        source: Box<toml::de::Error>,
    },
    /// The manifest contradicts itself or the files.
    #[error("manifest: {field} is wrong")]
    Manifest {
        /// What.
        field: &'static str,
    },
    /// The manifest's record of a chunk is wrong.
    #[error("manifest: {field} of chunk {chunk} is wrong")]
    Chunk {
        /// Number of the chunk.
        chunk: u64,
        /// What.
        field: &'static str,
    },
    /// The manifest's columns of a table are not those of this format.
    #[error("manifest: the columns of table {} are not those of this format", table.name())]
    Columns {
        /// The table.
        table: Table,
    },
    /// Written in another version of the format.
    #[error("witness format version {version}, this build checks version {}", crate::FORMAT_VERSION)]
    Version {
        /// What the manifest says.
        version: u32,
    },
    /// A file is not what the manifest says.
    #[error("{}: its length or its checksum is not the manifest's", path.display())]
    Checksum {
        /// The file.
        path: PathBuf,
    },
    /// The program does not load.
    #[error("program of the witness: {source}")]
    Elf {
        /// Why.
        #[from]
        source: ElfError,
    },
    /// The witness is of another program.
    #[error("the witness is of program {actual}, not of {expected}")]
    Program {
        /// The program that was expected.
        expected: ProgramId,
        /// The one in the directory.
        actual: ProgramId,
    },
    /// A table file cannot be read.
    #[error("table {}: {source}", table.name())]
    Table {
        /// The table.
        table: Table,
        /// Why.
        source: ArrowError,
    },
    /// A cell is wrong.
    #[error(
        "table {}, row {row}{}: {column} is {actual:#x}, expected {expected:#x}",
        table.name(), At(*step)
    )]
    Cell {
        /// The table.
        table: Table,
        /// The row.
        row: u64,
        /// The row's step, if the table has steps.
        step: Option<u64>,
        /// The column.
        column: &'static str,
        /// What should stand there.
        expected: i128,
        /// What stands there.
        actual: i128,
    },
    /// The instruction of a row belongs to another table.
    #[error("table {}, row {row}, step {step}: the step is of class {}", table.name(), class.name())]
    Class {
        /// The table.
        table: Table,
        /// The row.
        row: u64,
        /// Its step.
        step: u64,
        /// The class of the step.
        class: Class,
    },
    /// The instruction of a row cannot be executed.
    #[error("table {}, row {row}, step {step}: {trap}", table.name())]
    Trap {
        /// The table.
        table: Table,
        /// The row.
        row: u64,
        /// Its step.
        step: u64,
        /// Why.
        trap: Trap,
    },
    /// A table ends too early.
    #[error("table {} ends before row {row}{}", table.name(), At(*step))]
    MissingRow {
        /// The table.
        table: Table,
        /// The row that should be there.
        row: u64,
        /// Its step, if the table has steps.
        step: Option<u64>,
    },
    /// A table goes on after its end.
    #[error("table {}, row {row} is one too many", table.name())]
    ExtraRow {
        /// The table.
        table: Table,
        /// The first row too many.
        row: u64,
    },
    /// The program cannot go on although steps follow.
    #[error("step {step}: no instruction can be executed at {pc:#x}")]
    NoInstruction {
        /// The step.
        step: u64,
        /// Its pc.
        pc: u64,
    },
    /// Steps follow after `exit`.
    #[error("step {step}, {pc:#x}: the program exits, but steps follow")]
    ExitInside {
        /// The step of the `exit`.
        step: u64,
        /// Its pc.
        pc: u64,
    },
    /// Start, end or outcome in the manifest are not those of the steps.
    #[error(transparent)]
    State(#[from] ReplayError),
    /// A load does not return what memory holds.
    #[error(transparent)]
    Memory(#[from] InconsistentRead),
    /// The public output is not what the guest left in memory.
    #[error("byte {offset} of the output region is {memory:#04x}, the public output claims {claimed:#04x}")]
    PublicOutput {
        /// Offset in the output region; the first 8 bytes are the length.
        offset: u64,
        /// What memory holds.
        memory: u8,
        /// What the file says.
        claimed: u8,
    },
}

struct At(Option<u64>);

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.map_or(Ok(()), |step| write!(f, ", step {step}"))
    }
}
