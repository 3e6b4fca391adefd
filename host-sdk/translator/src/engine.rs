//! What the loop of a run asks of an engine.

use zkvm_machine::{GuestMemory, MachineState, PagedMemory};

/// Something that can run ahead of the reference semantics.
pub(crate) trait Machine: GuestMemory {
    /// Executes at most `budget` steps from `state` on, stops before any step it cannot execute itself, and returns how
    /// many it was. Appends the loads to `log`, whose spare capacity is at least `8 * budget` bytes.
    fn advance(&mut self, state: &mut MachineState, budget: u64, log: Option<&mut Vec<u8>>) -> u64;
}

/// The interpreter never runs ahead: the loop's own steps do all the work.
impl Machine for PagedMemory<'_> {
    fn advance(&mut self, _: &mut MachineState, _: u64, _: Option<&mut Vec<u8>>) -> u64 {
        0
    }
}
