//! What an emission is asked, what it answers, how it fails.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use arrow_schema::ArrowError;
use zkvm_machine::Outcome;

use crate::memory::stitch::InconsistentRead;
use crate::replay::ReplayError;
use crate::table::schema::Table;
use crate::table::writer::Compression;

/// What to do when the directory already holds a witness. Anything else is never replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// Fail.
    #[default]
    Refuse,
    /// Replace it, once the new one is complete.
    Replace,
}

/// Options of an emission; the default writes everything.
#[derive(Clone, Debug, Default)]
pub struct EmitOptions<'o> {
    /// Replay workers; by default as many as the machine has processors.
    pub threads: Option<NonZeroUsize>,
    /// The tables to write; by default all.
    pub tables: Option<BTreeSet<Table>>,
    /// The chunks whose steps to write; by default all. Memory tables need all chunks and are left out otherwise.
    pub chunks: Option<Range<u64>>,
    /// Compression of the table files.
    pub compression: Compression,
    /// What to do with a witness that is there already.
    pub existing: Existing,
    /// Bytes the witness is expected to take (see [`crate::forecast`]); checked against the free space before the start.
    pub expected_bytes: Option<u64>,
    /// Set to true by another thread, ends the emission with [`WitnessError::Cancelled`]. (While the guest runs, it is
    /// the run that should be cancelled.)
    pub cancel: Option<&'o AtomicBool>,
}

/// How far an emission is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Chunks are being replayed and written.
    Replayed {
        /// Steps done.
        steps: u64,
        /// Bytes of table files so far.
        bytes: u64,
    },
    /// The memory tables are being written.
    Merged {
        /// Memory operations done.
        operations: u64,
        /// Memory operations in all.
        total: u64,
    },
}

/// What was written.
#[derive(Clone, Debug)]
pub struct WitnessSummary {
    /// How the guest ended.
    pub outcome: Outcome,
    /// Steps of the run.
    pub steps: u64,
    /// Rows and bytes of each table written.
    pub tables: Vec<(Table, u64, u64)>,
    /// Bytes of all files.
    pub bytes: u64,
    /// Whether all steps and all tables were written.
    pub complete: bool,
}

/// Why no witness was written. Nothing is left of it in the file system.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// The target exists and is something else.
    #[error("{}: exists and is no witness; it is not overwritten", path.display())]
    NotAWitness {
        /// The target.
        path: PathBuf,
    },
    /// The target is a witness already.
    #[error("{}: a witness is there already", path.display())]
    Exists {
        /// The target.
        path: PathBuf,
    },
    /// Not enough space.
    #[error(
        "{}: the witness may need {needed} more bytes, and {} are to stay free; there are {available}",
        path.display(),
        super::disk::RESERVE
    )]
    DiskTooSmall {
        /// Bytes still to be written, as far as known.
        needed: u64,
        /// Bytes free.
        available: u64,
        /// Where.
        path: PathBuf,
    },
    /// The file system failed.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What.
        source: std::io::Error,
    },
    /// A table file could not be written.
    #[error("table {}: {source}", table.name())]
    Table {
        /// The table.
        table: Table,
        /// What.
        source: ArrowError,
    },
    /// The trace does not replay.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// A load in the trace does not return what memory holds.
    #[error(transparent)]
    Memory(#[from] InconsistentRead),
    /// The public output is not what the guest left in memory.
    #[error("byte {offset} of the output region is {memory:#04x}, the run claims {claimed:#04x}")]
    PublicOutput {
        /// Offset in the output region; the first 8 bytes are the length.
        offset: u64,
        /// What memory holds.
        memory: u8,
        /// What the run says.
        claimed: u8,
    },
    /// A chunk arrived out of order.
    #[error("chunk {actual} arrived, chunk {expected} was due")]
    ChunkOrder {
        /// The index due.
        expected: u64,
        /// The index that came.
        actual: u64,
    },
    /// The chunks asked for are not all there.
    #[error("chunks {start}..{end} were asked for, the run has {chunks}")]
    NoSuchChunks {
        /// First chunk asked for.
        start: u64,
        /// The one after the last.
        end: u64,
        /// Chunks of the run.
        chunks: u64,
    },
    /// Stopped from outside.
    #[error("cancelled while the witness was written")]
    Cancelled,
}

/// Why an emission failed: in the run, or in what was made of it.
#[derive(Debug, thiserror::Error)]
pub enum EmitError<E: std::error::Error> {
    /// The run's own error.
    #[error(transparent)]
    Run(E),
    /// Anything else.
    #[error(transparent)]
    Witness(#[from] WitnessError),
}
