//! Why a chunk cannot be replayed.

use zkvm_machine::{Outcome, ProgramId, Reg, Trap};

/// A part of a register checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckpointField {
    /// Steps executed before.
    Step,
    /// Address of the next instruction.
    Pc,
    /// A register.
    Register(Reg),
    /// Address of the reservation, 0 if none is held.
    ReservationAddress,
    /// Bytes of the reservation, 0 if none is held.
    ReservationBytes,
}

impl std::fmt::Display for CheckpointField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CheckpointField::Step => f.write_str("step"),
            CheckpointField::Pc => f.write_str("pc"),
            CheckpointField::Register(reg) => write!(f, "x{}", reg.index()),
            CheckpointField::ReservationAddress => f.write_str("address of the reservation"),
            CheckpointField::ReservationBytes => f.write_str("bytes of the reservation"),
        }
    }
}

/// Why a minimal trace does not replay.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The trace belongs to another program.
    #[error("the trace is of program {actual}, not of {expected}")]
    Program {
        /// The program given.
        expected: ProgramId,
        /// The one the trace names.
        actual: ProgramId,
    },
    /// An instruction inside the chunk could not be executed.
    #[error("chunk {chunk}, step {step}, {pc:#x}: {trap}, but the trace goes on")]
    Trap {
        /// Number of the chunk.
        chunk: u64,
        /// The step that could not be executed.
        step: u64,
        /// Its pc.
        pc: u64,
        /// Why.
        trap: Trap,
    },
    /// More loads than log.
    #[error("chunk {chunk}, step {step}, {pc:#x}: a load of {bytes} bytes finds only {left} in the log")]
    LogExhausted {
        /// Number of the chunk.
        chunk: u64,
        /// The step of the load.
        step: u64,
        /// Its pc.
        pc: u64,
        /// Bytes of the load.
        bytes: u64,
        /// Bytes left.
        left: u64,
    },
    /// More log than loads.
    #[error("chunk {chunk}, step {step}: the chunk has ended and {bytes} bytes of its log are left over")]
    LogLeftOver {
        /// Number of the chunk.
        chunk: u64,
        /// The step after its last.
        step: u64,
        /// Bytes left.
        bytes: u64,
    },
    /// The program ended before the chunk did.
    #[error("chunk {chunk}, step {step}, {pc:#x}: the program exits, but the trace goes on")]
    ExitInside {
        /// Number of the chunk.
        chunk: u64,
        /// The step of the `exit`.
        step: u64,
        /// Its pc.
        pc: u64,
    },
    /// Replaying up to a checkpoint gives another state than it holds.
    #[error("chunk {chunk}, step {step}: {field} is {actual:#x} in the checkpoint, replay gives {expected:#x}")]
    CheckpointMismatch {
        /// Number of the chunk that starts there; one more than the last chunk's for the end of the trace.
        chunk: u64,
        /// Step at which replay arrives.
        step: u64,
        /// What differs.
        field: CheckpointField,
        /// By replay.
        expected: u64,
        /// In the checkpoint.
        actual: u64,
    },
    /// Native replay and the reference semantics disagree: a bug of ours, or a broken machine.
    #[error(
        "chunk {chunk}, after step {step}: native replay cannot go on, the reference semantics can; please report this bug"
    )]
    Deviation {
        /// Number of the chunk.
        chunk: u64,
        /// Steps known to be right.
        step: u64,
    },
    /// The end does not fit the outcome.
    #[error("step {step}, {pc:#x}: the trace says {claimed}, replay {found}", claimed = Ending(claimed), found = found)]
    Outcome {
        /// Steps executed.
        step: u64,
        /// The pc at the end.
        pc: u64,
        /// What the trace says.
        claimed: Outcome,
        /// What replay says.
        found: FoundEnd,
    },
}

/// How replay finds a trace to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundEnd {
    /// With a call of `exit`.
    Exit {
        /// Its code.
        exit_code: u32,
    },
    /// With an instruction that traps.
    Trap(Trap),
    /// With an instruction after which the program would go on.
    Nothing,
}

impl std::fmt::Display for FoundEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FoundEnd::Exit { exit_code } => write!(f, "finds exit code {exit_code}"),
            FoundEnd::Trap(trap) => write!(f, "finds the trap: {trap}"),
            FoundEnd::Nothing => f.write_str("finds that the program goes on"),
        }
    }
}

struct Ending<'o>(&'o Outcome);

impl std::fmt::Display for Ending<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Outcome::Halted { exit_code } => write!(f, "exit code {exit_code}"),
            Outcome::Trapped { pc, trap } => write!(f, "a trap at {pc:#x}: {trap}"),
        }
    }
}
