//! Hosts without native execution.

use zkvm_machine::{Input, PagedMemory, Program};
use zkvm_trace::BufferPool;

use crate::native_error::NativeError;
use crate::rom::Rom;

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

pub(crate) struct NativeMachine;

impl NativeMachine {
    pub(crate) fn new<'p>(_: &'p Program, _: &Rom, _: &Input, _: bool) -> Result<PagedMemory<'p>, NativeError> {
        Err(NativeError::Host)
    }
}
