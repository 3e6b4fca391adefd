//! What a run is asked and what it answers.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use zkvm_machine::Outcome;
use zkvm_trace::{BufferPool, CHUNK_STEPS, RegisterCheckpoint};

use crate::native_error::NativeError;
use crate::rom::Rom;
use crate::run::scopes::ScopeTotal;

/// What executes the guest.
#[derive(Clone, Copy, Debug)]
pub enum Engine<'r> {
    /// Translated code.
    Native(&'r Rom),
    /// The reference semantics, on any host.
    Interpreter,
}

/// Where a guest's debug print goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

/// Options of a run; start from [`RunOptions::new`].
pub struct RunOptions<'o> {
    /// Steps per chunk. All chunks but the last hold exactly this many.
    pub chunk_steps: u64,
    /// Ends the run with [`RunError::StepLimit`] when the guest has not ended after so many steps.
    pub max_steps: Option<u64>,
    /// Set to true by another thread, ends the run with [`RunError::Cancelled`] at the next chunk boundary.
    pub cancel: Option<&'o AtomicBool>,
    /// Receives what the guest prints. By default it is dropped.
    pub console: &'o mut dyn FnMut(Stream, &[u8]),
    /// Buffers for the logs, each of at least `8 * chunk_steps` bytes; by default every chunk gets one of its own.
    pub log_buffers: Option<BufferPool>,
    /// Called at each chunk boundary with the number of steps so far.
    pub progress: &'o mut dyn FnMut(u64),
}

impl<'o> RunOptions<'o> {
    /// The defaults, with the guest's debug print going to `console` (`&mut |stream, bytes| …`).
    pub fn new(console: &'o mut dyn FnMut(Stream, &[u8])) -> RunOptions<'o> {
        // A closure without captures is zero-sized, so this box allocates nothing and leaking it leaks nothing.
        let progress = Box::leak(Box::new(|_| ()));
        RunOptions { chunk_steps: CHUNK_STEPS, max_steps: None, cancel: None, console, log_buffers: None, progress }
    }
}

/// How a run went.
#[derive(Clone, Debug)]
pub struct Run {
    /// How the guest ended.
    pub outcome: Outcome,
    /// The state after the last step; its `step` is the number of executed steps.
    pub end: RegisterCheckpoint,
    /// What the guest left as public output; empty if it trapped.
    pub public_output: Vec<u8>,
    /// Bytes of the memory read log, if a trace was written.
    pub log_bytes: u64,
    /// Steps per named scope, in order of first use.
    pub scopes: Vec<ScopeTotal>,
    /// After a trap: return addresses of the calls it happened in, innermost first, the trapping pc excluded.
    pub backtrace: Vec<u64>,
    /// Wall time of the execution, without loading.
    pub duration: Duration,
}

impl Run {
    /// Executed steps.
    pub fn steps(&self) -> u64 {
        self.end.step
    }
}

/// Why a run did not come to the guest's own end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// `max_steps` reached.
    #[error("{pc:#x}: the guest has not ended after {steps} steps, the limit given")]
    StepLimit {
        /// Steps executed.
        steps: u64,
        /// Where it is.
        pc: u64,
    },
    /// Stopped from outside.
    #[error("cancelled after {steps} steps")]
    Cancelled {
        /// Steps executed.
        steps: u64,
    },
    /// `chunk_steps` is 0 or above 2^32.
    #[error("{steps} steps per chunk; it must be between 1 and 2^32")]
    ChunkSteps {
        /// What was asked for.
        steps: u64,
    },
    /// The pool's buffers are smaller than a chunk's log may become.
    #[error("log buffers of {bytes} bytes are too small for chunks whose log may take {needed}")]
    LogBuffers {
        /// Capacity of the smallest.
        bytes: usize,
        /// What a chunk may need.
        needed: u64,
    },
    /// The guest's length word claims more output than the region holds.
    #[error("the guest left a public output of {length} bytes, more than its output region holds")]
    PublicOutput {
        /// The claimed length.
        length: u64,
    },
    /// The native engine could not be set up.
    #[error(transparent)]
    Native(#[from] NativeError),
}
