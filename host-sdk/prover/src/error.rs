//! Why there is no proof.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use zkvm_circuit::OpeningError;
use zkvm_machine::Trap;
use zkvm_witness::ReplayError;

/// Why a chunk is no segment.
#[derive(Debug, Error)]
pub enum SegmentError {
    /// It does not replay.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The circuit cannot execute a step.
    #[error("{pc:#x}: an `sc` to an address beyond the guest window, which fails, cannot be proved")]
    Unprovable {
        /// Where.
        pc: u64,
    },
    /// The run's output is not what memory holds.
    #[error("the public output of the run is not the one its memory holds: {0}")]
    Output(#[from] OpeningError),
}

/// Why there is no proof.
#[derive(Debug, Error)]
pub enum ProveError<E: std::error::Error> {
    /// The run failed.
    #[error(transparent)]
    Run(E),
    /// The guest trapped.
    #[error("{pc:#x}: {trap}; a run that traps cannot be proved")]
    Trapped {
        /// Where.
        pc: u64,
        /// Why.
        trap: Trap,
    },
    /// Its chunks are not those of a run.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// The proof system failed.
    #[error("segment {segment}: {reason}")]
    Prover {
        /// Which segment.
        segment: u64,
        /// What Plonky3 says.
        reason: String,
    },
    /// Finished segments cannot be kept or read back.
    #[error(transparent)]
    Kept(#[from] KeptError),
    /// Stopped by the caller.
    #[error("cancelled")]
    Cancelled,
}

/// Why finished segments cannot be kept or read back.
#[derive(Debug, Error)]
pub enum KeptError {
    /// A file or folder cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder belongs to something else.
    #[error("{} holds segments of another program or input; remove it, or write the proof elsewhere", path.display())]
    OtherRun {
        /// The folder.
        path: PathBuf,
    },
}

impl KeptError {
    pub(crate) fn io(path: &Path, source: io::Error) -> KeptError {
        KeptError::Io { path: path.to_owned(), source }
    }
}
