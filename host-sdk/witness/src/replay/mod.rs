//! Replay: a chunk executed again, its loads answered by the log, its stores only checked; by the reference semantics alone, or by
//! native code that runs ahead of them and writes rows (`tiles`).

mod error;
mod memory;
mod tiles;

use std::ops::Range;

use rayon::prelude::*;
use zkvm_machine::{Event, MachineState, Outcome, Program, Reg, StepRecord, step};
use zkvm_trace::{Chunk, ChunkView, RegisterCheckpoint, TraceReader};

pub use error::{CheckpointField, FoundEnd, ReplayError};
use memory::{Fault, LogMemory};
pub use tiles::replay_tiles;

/// A chunk, wherever it is.
#[derive(Clone, Copy, Debug)]
pub struct ChunkRef<'c> {
    /// Number of the chunk in the trace, from 0.
    pub index: u64,
    /// The state before its first step.
    pub start: &'c RegisterCheckpoint,
    /// How many steps it holds.
    pub steps: u64,
    /// Its read log.
    pub log: &'c [u8],
}

impl<'c> From<&'c Chunk> for ChunkRef<'c> {
    fn from(chunk: &'c Chunk) -> ChunkRef<'c> {
        ChunkRef { index: chunk.index, start: &chunk.start, steps: chunk.steps, log: chunk.log.bytes() }
    }
}

impl<'c> From<&'c ChunkView<'_>> for ChunkRef<'c> {
    fn from(chunk: &'c ChunkView<'_>) -> ChunkRef<'c> {
        ChunkRef { index: chunk.index, start: &chunk.start, steps: chunk.steps, log: chunk.log }
    }
}

/// Executes `chunk` of `program`, hands every step to `each`, and returns the state after its last step.
///
/// # Errors
/// [`ReplayError`] if a step traps, the program exits before the chunk's last step, or the loads do not take exactly
/// the log.
pub fn replay_chunk(
    program: &Program,
    chunk: ChunkRef<'_>,
    each: impl FnMut(u64, &StepRecord),
) -> Result<RegisterCheckpoint, ReplayError> {
    replay(program, chunk, &mut Reference(each))
}

/// Who executes the steps of a chunk besides the reference semantics, and sees what these do.
trait Engine {
    /// Executes as many as it can of the steps from number `steps.start` to before `steps.end` and returns how many it was;
    /// `None` if the chunk cannot be replayed.
    fn advance(&mut self, state: &mut MachineState, memory: &mut LogMemory<'_>, steps: Range<u64>) -> Option<u64>;

    /// A step that the reference semantics have executed.
    fn record(&mut self, step: u64, record: &StepRecord);
}

/// No one.
struct Reference<F>(F);

impl<F: FnMut(u64, &StepRecord)> Engine for Reference<F> {
    fn advance(&mut self, _: &mut MachineState, _: &mut LogMemory<'_>, _: Range<u64>) -> Option<u64> {
        Some(0)
    }

    fn record(&mut self, step: u64, record: &StepRecord) {
        (self.0)(step, record);
    }
}

fn replay(program: &Program, chunk: ChunkRef<'_>, engine: &mut impl Engine) -> Result<RegisterCheckpoint, ReplayError> {
    let mut memory = LogMemory::new(program.permissions(), chunk.log);
    let mut state = chunk.start.state.clone();
    let first = chunk.start.step;
    let end = first + chunk.steps;
    let at = chunk.index;
    let mut index = first;
    loop {
        let ahead = engine.advance(&mut state, &mut memory, index..end);
        index += ahead.ok_or(ReplayError::Deviation { chunk: at, step: index })?;
        if index == end {
            break;
        }
        let pc = state.pc;
        let executed = program.fetch(pc).map_err(Fault::Trap).and_then(|it| step(&mut state, it, &mut memory));
        let record = executed.map_err(|fault| match fault {
            Fault::Trap(trap) => ReplayError::Trap { chunk: at, step: index, pc, trap },
            Fault::LogExhausted { bytes, left } => {
                ReplayError::LogExhausted { chunk: at, step: index, pc, bytes, left }
            }
        })?;
        engine.record(index, &record);
        if matches!(record.event, Some(Event::Exit { .. })) && index + 1 != end {
            return Err(ReplayError::ExitInside { chunk: at, step: index, pc });
        }
        index += 1;
    }
    match memory.left() {
        0 => Ok(RegisterCheckpoint { step: end, state }),
        bytes => Err(ReplayError::LogLeftOver { chunk: at, step: end, bytes }),
    }
}

/// Replays all chunks of `trace` in parallel, checks that each ends where the next begins and that the trace ends as it
/// says. The public output is not checked: that takes the whole memory ([`crate::emit_witness`]).
///
/// # Errors
/// The first [`ReplayError`].
pub fn replay_trace(program: &Program, trace: &TraceReader<'_>) -> Result<(), ReplayError> {
    if trace.program() != program.id() {
        return Err(ReplayError::Program { expected: program.id(), actual: trace.program() });
    }
    let ends = trace.chunks().par_iter().map(|chunk| {
        let mut exit = None;
        let end = replay_chunk(program, chunk.into(), |_, record| {
            if let Some(Event::Exit { exit_code }) = record.event {
                exit = Some(exit_code);
            }
        })?;
        Ok((end, exit))
    });
    // Collected first: `collect` into a `Result` would return any error, not the first.
    let ends: Vec<Result<(RegisterCheckpoint, Option<u32>), ReplayError>> = ends.collect();
    let mut expected = RegisterCheckpoint { step: 0, state: MachineState::at_entry(program.entry()) };
    let mut exit = None;
    for (chunk, end) in trace.chunks().iter().zip(ends) {
        continues(chunk.index, &expected, &chunk.start)?;
        if exit.is_some() {
            let step = expected.step - 1;
            return Err(ReplayError::ExitInside {
                chunk: chunk.index - 1,
                step,
                pc: expected.state.pc.wrapping_sub(4),
            });
        }
        (expected, exit) = end?;
    }
    continues(trace.chunks().len() as u64, &expected, &trace.end().end)?;
    ends_so(program, &expected, exit, &trace.end().outcome)
}

/// Checks that chunk number `chunk` starts in the state the one before ends in.
///
/// # Errors
/// [`ReplayError::CheckpointMismatch`] with the first difference.
pub fn continues(chunk: u64, expected: &RegisterCheckpoint, actual: &RegisterCheckpoint) -> Result<(), ReplayError> {
    let differ = |field, expected_value: u64, value: u64| {
        let step = expected.step;
        let mismatch = ReplayError::CheckpointMismatch { chunk, step, field, expected: expected_value, actual: value };
        if expected_value == value { Ok(()) } else { Err(mismatch) }
    };
    differ(CheckpointField::Step, expected.step, actual.step)?;
    differ(CheckpointField::Pc, expected.state.pc, actual.state.pc)?;
    for reg in Reg::all() {
        differ(CheckpointField::Register(reg), expected.state.x[reg.index()], actual.state.x[reg.index()])?;
    }
    let held = |state: &MachineState| state.reservation.map_or((0, 0), |held| (held.address, held.width.bytes()));
    let ((address, bytes), (actual_address, actual_bytes)) = (held(&expected.state), held(&actual.state));
    differ(CheckpointField::ReservationBytes, bytes, actual_bytes)?;
    differ(CheckpointField::ReservationAddress, address, actual_address)
}

/// Checks that a run that is at `end`, with `exit` the code of the last step if that was an `exit`, ended as `outcome`
/// says. Needs no memory: what a load returns never decides whether it traps.
///
/// # Errors
/// [`ReplayError::Outcome`].
pub fn ends_so(
    program: &Program,
    end: &RegisterCheckpoint,
    exit: Option<u32>,
    outcome: &Outcome,
) -> Result<(), ReplayError> {
    let pc = end.state.pc;
    let found = match exit {
        Some(exit_code) => FoundEnd::Exit { exit_code },
        None => trap_at(program, &end.state).map_or(FoundEnd::Nothing, FoundEnd::Trap),
    };
    let fits = match (*outcome, found) {
        (Outcome::Halted { exit_code }, FoundEnd::Exit { exit_code: actual }) => exit_code == actual,
        (Outcome::Trapped { pc: claimed_pc, trap }, FoundEnd::Trap(actual)) => claimed_pc == pc && trap == actual,
        _ => false,
    };
    if fits { Ok(()) } else { Err(ReplayError::Outcome { step: end.step, pc, claimed: *outcome, found }) }
}

fn trap_at(program: &Program, state: &MachineState) -> Option<zkvm_machine::Trap> {
    let zeros = [0; 8];
    let mut memory = LogMemory::new(program.permissions(), &zeros);
    let executed =
        program.fetch(state.pc).map_err(Fault::Trap).and_then(|it| step(&mut state.clone(), it, &mut memory));
    match executed {
        Err(Fault::Trap(trap)) => Some(trap),
        Ok(_) | Err(Fault::LogExhausted { .. }) => None,
    }
}
