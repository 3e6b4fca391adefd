//! How a proof is made.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::segment::MAX_SEGMENT_STEPS;

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
pub struct ProveOptions<'o> {
    /// Steps of a segment, at most [`MAX_SEGMENT_STEPS`]: what memory a proof takes is about proportional to it.
    pub segment_steps: u64,
    /// Called whenever a segment is proved.
    pub progress: Option<&'o mut dyn FnMut(Progress)>,
    /// Set by anyone to stop; looked at between segments.
    pub cancel: Option<&'o AtomicBool>,
    /// A folder that keeps finished segments until [`crate::Proved::remove_kept_segments`]: what it holds of the same program,
    /// input and segment length is not proved again.
    pub resume: Option<PathBuf>,
}

impl Default for ProveOptions<'_> {
    /// The longest segments, which prove fastest.
    fn default() -> Self {
        ProveOptions { segment_steps: MAX_SEGMENT_STEPS, progress: None, cancel: None, resume: None }
    }
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
