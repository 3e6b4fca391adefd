//! What the loop of a run asks of an engine.

use zkvm_machine::{GuestMemory, MachineState, PagedMemory};

/// What a stretch of native execution did.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Advance {
    pub steps: u64,
    pub loads: u64,
}

/// Something that can run ahead of the reference semantics.
pub(crate) trait Machine: GuestMemory {
    /// Executes at most `budget` steps from `state` on and stops before any step it cannot execute itself. Appends the
    /// loads to `log`, whose spare capacity is at least `8 * budget` bytes.
    fn advance(&mut self, state: &mut MachineState, budget: u64, log: Option<&mut Vec<u8>>) -> Advance;
}

/// The interpreter never runs ahead: the loop's own steps do all the work.
impl Machine for PagedMemory<'_> {
    fn advance(&mut self, _: &mut MachineState, _: u64, _: Option<&mut Vec<u8>>) -> Advance {
        Advance::default()
    }
}
