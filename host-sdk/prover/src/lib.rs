//! Minimal trace → proof. A run's chunks become segments, one by one; each segment's tables are filled from its steps and
//! proved; the chain of segments is the proof.

mod batch;
mod error;
pub mod estimate;
mod kept;
mod options;
mod pipeline;
mod segment;

pub use error::{KeptError, ProveError, SegmentError};
pub use options::{Progress, ProveOptions, Times};
pub use pipeline::{Proved, prove};
pub use segment::{MAX_SEGMENT_STEPS, Segment, Segmenter};
pub use zkvm_circuit::{Proof, Setup, setup};
