//! States and outcomes to and from their records.

use zkvm_machine::{MachineState, Outcome, Reservation, Trap, Width};
use zkvm_trace::RegisterCheckpoint;

use crate::manifest::{OutcomeRecord, StateRecord, from_hex, hex};

impl StateRecord {
    pub(crate) fn new(checkpoint: &RegisterCheckpoint) -> StateRecord {
        let RegisterCheckpoint { step, state } = checkpoint;
        StateRecord {
            step: *step,
            pc: hex(state.pc),
            x: state.x[1..].iter().map(|&value| hex(value)).collect(),
            reservation_address: state.reservation.map(|held| hex(held.address)),
            reservation_bytes: state.reservation.map(|held| held.width.bytes()),
        }
    }

    /// The checkpoint, or `None` if a field does not parse.
    pub(crate) fn checkpoint(&self) -> Option<RegisterCheckpoint> {
        let mut x = [0; 32];
        let values: Vec<u64> = self.x.iter().map(|text| from_hex(text)).collect::<Option<_>>()?;
        (values.len() == 31).then(|| x[1..].copy_from_slice(&values))?;
        let reservation = match (&self.reservation_address, self.reservation_bytes) {
            (None, None) => None,
            (Some(address), Some(bytes)) => {
                let width = Width::ALL.into_iter().find(|width| width.bytes() == bytes)?;
                Some(Reservation { address: from_hex(address)?, width })
            }
            _ => return None,
        };
        let state = MachineState { pc: from_hex(&self.pc)?, x, reservation };
        Some(RegisterCheckpoint { step: self.step, state })
    }
}

impl From<&Outcome> for OutcomeRecord {
    fn from(outcome: &Outcome) -> OutcomeRecord {
        let (pc, trap) = match *outcome {
            Outcome::Halted { exit_code } => return OutcomeRecord::Halted { exit_code },
            Outcome::Trapped { pc, trap } => (pc, trap),
        };
        let (name, value, bytes) = match trap {
            Trap::IllegalInstruction { word } => ("illegal_instruction", word.into(), 0),
            Trap::FetchFault { address } => ("fetch_fault", address, 0),
            Trap::MisalignedJump { target } => ("misaligned_jump", target, 0),
            Trap::LoadFault { address, width } => ("load_fault", address, width.bytes()),
            Trap::StoreFault { address, width } => ("store_fault", address, width.bytes()),
            Trap::MisalignedAtomic { address, width } => ("misaligned_atomic", address, width.bytes()),
            Trap::Breakpoint => ("breakpoint", 0, 0),
            Trap::UnknownSystemCall { number } => ("unknown_system_call", number, 0),
        };
        OutcomeRecord::Trapped { pc: hex(pc), trap: name.to_owned(), value: hex(value), bytes }
    }
}

impl OutcomeRecord {
    /// The outcome, or `None` if a field does not parse.
    pub fn outcome(&self) -> Option<Outcome> {
        let (pc, trap, value, bytes) = match self {
            OutcomeRecord::Halted { exit_code } => return Some(Outcome::Halted { exit_code: *exit_code }),
            OutcomeRecord::Trapped { pc, trap, value, bytes } => (from_hex(pc)?, trap, from_hex(value)?, *bytes),
        };
        let width = || Width::ALL.into_iter().find(|width| width.bytes() == bytes);
        let trap = match trap.as_str() {
            "illegal_instruction" => Trap::IllegalInstruction { word: value.try_into().ok()? },
            "fetch_fault" => Trap::FetchFault { address: value },
            "misaligned_jump" => Trap::MisalignedJump { target: value },
            "load_fault" => Trap::LoadFault { address: value, width: width()? },
            "store_fault" => Trap::StoreFault { address: value, width: width()? },
            "misaligned_atomic" => Trap::MisalignedAtomic { address: value, width: width()? },
            "breakpoint" => Trap::Breakpoint,
            "unknown_system_call" => Trap::UnknownSystemCall { number: value },
            _ => return None,
        };
        Some(Outcome::Trapped { pc, trap })
    }
}
