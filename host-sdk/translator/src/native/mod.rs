//! placeholder
use zkvm_machine::{GuestMemory, Input, MachineState, Memory, Program, Trap, Width, PagedMemory};

use crate::rom::Rom;
use crate::run::{Advance, Machine};

/// Why native execution is not possible.
#[derive(Debug, thiserror::Error)]
pub enum NativeError {
    /// Not this host.
    #[error("native execution needs x86-64 Linux with BMI2; use the interpreter")]
    Unsupported,
}

pub(crate) struct NativeMachine<'p>(PagedMemory<'p>);

impl<'p> NativeMachine<'p> {
    pub(crate) fn new(program: &'p Program, _rom: &Rom, input: &Input, _traced: bool) -> Result<NativeMachine<'p>, NativeError> {
        Ok(NativeMachine(PagedMemory::new(program, input)))
    }
}

impl Memory for NativeMachine<'_> {
    type Fault = Trap;
    fn load(&mut self, address: u64, width: Width) -> Result<u64, Trap> { self.0.load(address, width) }
    fn store(&mut self, address: u64, width: Width, value: u64) -> Result<(), Trap> { self.0.store(address, width, value) }
    fn check_store(&mut self, address: u64, width: Width) -> Result<(), Trap> { self.0.check_store(address, width) }
}
impl GuestMemory for NativeMachine<'_> {
    fn read_bytes(&self, address: u64, bytes: u64) -> Option<Vec<u8>> { self.0.read_bytes(address, bytes) }
}
impl Machine for NativeMachine<'_> {
    fn advance(&mut self, _: &mut MachineState, _: u64, _: Option<&mut Vec<u8>>) -> Advance { Advance::default() }
}
