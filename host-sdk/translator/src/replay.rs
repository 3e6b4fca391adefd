//! Chunks re-executed natively from their logs: what replay asks of the translator.

use std::ops::Range;

use zkvm_machine::{Class, MachineState, Program, StepRecord};
use zkvm_trace::LogReader;

use crate::native::NativeReplay;
use crate::native_error::NativeError;
use crate::rom::Rom;
use crate::tiles::Tile;

/// Native replay of one program, by one thread. It runs ahead of the reference semantics, for which the caller cares, and
/// writes the rows of all steps to tiles.
pub struct Replayer<'r>(NativeReplay<'r>);

impl<'r> Replayer<'r> {
    /// For chunks of `program`, of which `rom` was translated with [`Mode::Replay`](crate::Mode::Replay).
    ///
    /// # Errors
    /// [`NativeError`] if the host cannot do it, or `rom` is not of that kind or program.
    pub fn new(program: &Program, rom: &'r Rom) -> Result<Replayer<'r>, NativeError> {
        NativeReplay::new(program, rom).map(Replayer)
    }

    /// Executes steps from number `steps.start` of the chunk on, at most up to `steps.end`, and stops before any that native
    /// code cannot execute; hands over tiles that become full. Returns how many steps it was, or `None` if they read more
    /// than `log` holds, or one of them jumps to where the jump itself traps. No access is checked: that can be done for the rows
    /// of loads and stores, as they are handed over.
    pub fn advance(
        &mut self,
        state: &mut MachineState,
        log: &mut LogReader<'_>,
        steps: Range<u64>,
        consume: &mut dyn FnMut(Tile<'_>),
    ) -> Option<u64> {
        self.0.advance(state, log, steps, consume)
    }

    /// Adds the row of a step, number `step` of the chunk, that the reference semantics have executed.
    pub fn push(&mut self, step: u64, class: Class, record: &StepRecord, consume: &mut dyn FnMut(Tile<'_>)) {
        self.0.push(step, class, record);
        self.0.hand_over(crate::tiles::FULL, consume);
    }

    /// Hands over all rows that are left.
    pub fn finish(&mut self, consume: &mut dyn FnMut(Tile<'_>)) {
        self.0.hand_over(0, consume);
    }

    /// Drops all rows that are left, of a chunk that could not be replayed.
    pub fn discard(&mut self) {
        self.0.hand_over(0, &mut |_| ());
    }
}
