//! Why a proof is refused.

use thiserror::Error;
use zkvm_circuit::{KeyError, OpeningError, ProofError};

/// Why a proof is refused.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// The key itself is unusable.
    #[error("the verifying key is unusable: {0}")]
    Key(#[from] KeyError),
    /// Made for another key.
    #[error(
        "the proof was made for another program or another version of the circuit: its key is {}, the one given is {}",
        hex(proof),
        hex(key)
    )]
    OtherProgram {
        /// The key it was made for.
        proof: [u8; 32],
        /// The key given.
        key: [u8; 32],
    },
    /// Nothing is proved.
    #[error("the proof has no segments")]
    NoSegments,
    /// The list of tables is not one that a prover may choose.
    #[error("segment {segment}: the list of tables is invalid ({problem})")]
    Tables {
        /// Which segment.
        segment: usize,
        /// What is wrong with it.
        problem: TableProblem,
    },
    /// Less secure than required.
    #[error("segment {segment}: the proof has {bits:.1} bits of security, {required} are required")]
    Security {
        /// Which segment.
        segment: usize,
        /// What it has.
        bits: f64,
        /// What it must have.
        required: f64,
    },
    /// The bytes of a segment's proof are malformed.
    #[error("segment {segment}: {source}")]
    Malformed {
        /// Which segment.
        segment: usize,
        /// How.
        source: ProofError,
    },
    /// A segment's proof is wrong.
    #[error("segment {segment}: the proof is wrong: {reason}")]
    Segment {
        /// Which segment.
        segment: usize,
        /// What Plonky3 says.
        reason: String,
    },
    /// A segment ends at what is no address.
    #[error("segment {segment}: it ends at pc {pc:#x}, which no program can reach")]
    Pc {
        /// Which segment.
        segment: usize,
        /// Where it says it ends.
        pc: u64,
    },
    /// The last segment does not end in `exit`.
    #[error("the proof ends at pc {pc:#x}, before the program halts: segments are missing at its end")]
    NotHalted {
        /// Where it ends.
        pc: u64,
    },
    /// Output or exit code are not those of the run.
    #[error("the public values are not those of the run: {0}")]
    PublicValues(#[from] OpeningError),
}

/// What is wrong with a segment's list of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TableProblem {
    /// Not strictly ascending.
    #[error("it is not in ascending order")]
    Order,
    /// A number that is no chip's.
    #[error("there is no table number {number}")]
    Unknown {
        /// The number.
        number: u8,
    },
    /// One is missing that must be there.
    #[error("table `{name}` is missing")]
    Missing {
        /// Its name.
        name: &'static str,
    },
    /// Heights are not one per table.
    #[error("there are {heights} heights for {tables} tables")]
    Heights {
        /// How many heights.
        heights: usize,
        /// How many tables.
        tables: usize,
    },
    /// A height is out of bounds, or not the one the program fixes.
    #[error("table `{name}` has 2^{log_height} rows")]
    Height {
        /// The table's name.
        name: &'static str,
        /// log2 of its height.
        log_height: usize,
    },
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
