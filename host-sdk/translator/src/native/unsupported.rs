//! Hosts without native execution.

use std::ops::Range;

use zkvm_machine::{Class, Input, MachineState, PagedMemory, Program, StepRecord};
use zkvm_trace::{BufferPool, LogReader};

use crate::native_error::NativeError;
use crate::rom::Rom;
use crate::tiles::Tile;

/// Whether this host can execute native code.
///
/// # Errors
/// [`NativeError::Host`], always.
pub fn native_support() -> Result<(), NativeError> {
    Err(NativeError::Host)
}

/// `count` buffers for the logs of chunks of `chunk_steps` steps.
pub fn log_buffers(count: usize, chunk_steps: u64) -> BufferPool {
    BufferPool::new((0..count).map(|_| Vec::with_capacity(8 * chunk_steps as usize)).collect())
}

pub(crate) struct NativeReplay(std::convert::Infallible);

impl NativeReplay {
    pub(crate) fn new(_: &Program, _: &Rom) -> Result<NativeReplay, NativeError> {
        Err(NativeError::Host)
    }

    pub(crate) fn advance(
        &mut self,
        _: &mut MachineState,
        _: &mut LogReader<'_>,
        _: Range<u64>,
        _: &mut dyn FnMut(Tile<'_>),
    ) -> Option<u64> {
        match self.0 {}
    }

    pub(crate) fn push(&mut self, _: u64, _: Class, _: &StepRecord) {
        match self.0 {}
    }

    pub(crate) fn hand_over(&mut self, _: usize, _: &mut dyn FnMut(Tile<'_>)) {
        match self.0 {}
    }
}

pub(crate) struct NativeMachine;

impl NativeMachine {
    pub(crate) fn new<'p>(_: &'p Program, _: &Rom, _: &Input, _: bool) -> Result<PagedMemory<'p>, NativeError> {
        Err(NativeError::Host)
    }
}
