//! How a proof is made.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// What has been done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Segments proved.
    pub segments: u64,
    /// Steps proved.
    pub steps: u64,
    /// Of these, segments that an earlier, interrupted proof had finished.
    pub resumed: u64,
    /// Steps of those.
    pub resumed_steps: u64,
}

/// How a proof is made.
#[derive(Default)]
pub struct ProveOptions<'o> {
    /// Called whenever a segment is proved.
    pub progress: Option<&'o mut dyn FnMut(Progress)>,
    /// Set by anyone to stop; looked at between segments.
    pub cancel: Option<&'o AtomicBool>,
    /// A folder that keeps finished segments until the whole proof is made: if it holds segments of the same program, input
    /// and segment length, they are not proved again.
    pub resume: Option<PathBuf>,
}

/// Where the time went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Running the guest, replaying and stitching: on a thread of its own.
    pub segments: Duration,
    /// Filling tables.
    pub tables: Duration,
    /// Proving.
    pub proofs: Duration,
}
