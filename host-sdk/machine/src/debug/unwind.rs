//! The calls a machine state is in.
//!
//! Compilers let functions that never return (the panic machinery) overwrite the return address register without saving
//! it, so that frame information alone ends there. Then the callers are tried: an instruction that calls the function,
//! and whose own function has, where it must lie on the stack, a return address behind a call of just that function. Of
//! those, the one in the line that a panic says it happened in.

use std::cell::OnceCell;
use std::cmp::Reverse;

use super::calls::{Call, CallSites, call_at};
use super::frames::{Caller, Frames};
use super::panics::{Location, locations};
use super::symbols::Symbols;
use crate::instruction::Reg;
use crate::program::Program;
use crate::step::MachineState;

/// Calls that are followed at most.
const MAX_DEPTH: usize = 64;

/// Functions in a row whose return address was not saved, and callers that are tried for all of them together.
const MAX_LOST: usize = 8;
const MAX_TRIES: usize = 20_000;

type ReadU64<'a> = dyn FnMut(u64) -> Option<u64> + 'a;

/// Return addresses of the calls that `state` is in, innermost first, at most 64. `read_u64` reads guest memory. It is a
/// reconstruction: exact where functions save their return address, plausible where they never return.
pub fn unwind(program: &Program, state: &MachineState, read_u64: &mut ReadU64<'_>) -> Vec<u64> {
    let unwinder = Unwinder::new(program);
    let mut callers = unwinder.innermost(state, read_u64);
    while callers.len() < MAX_DEPTH {
        let Some(Frame { pc, registers }) = callers.last() else { break };
        let Some(caller) = unwinder.frames.caller(pc.wrapping_sub(4), registers, read_u64) else { break };
        let above = registers[Reg::SP.index()];
        match caller.saved.filter(|&pc| unwinder.is_return_address(pc)) {
            Some(pc) if caller.registers[Reg::SP.index()] > above => {
                callers.push(Frame { pc, registers: caller.registers });
            }
            Some(_) => break,
            None => {
                let found = unwinder.search(&caller, state.x[Reg::SP.index()], read_u64);
                if found.is_empty() {
                    break;
                }
                callers.extend(found);
            }
        }
    }
    callers.truncate(MAX_DEPTH);
    callers.into_iter().map(|frame| frame.pc).collect()
}

/// A call that has not returned: where it will, and the registers then.
struct Frame {
    pc: u64,
    registers: [u64; 32],
}

struct Unwinder<'p> {
    program: &'p Program,
    frames: Frames<'p>,
    calls: OnceCell<CallSites>,
    symbols: OnceCell<Symbols<'p>>,
}

/// Reconstructed callers. Of two that are equally sure, the one whose return address lies nearer on the stack explains
/// more of it.
struct Found {
    frames: Vec<Frame>,
    /// Whether one of the calls is in a line in which a panic says it happened.
    is_located: bool,
    confidence: Confidence,
    stack_pointer: u64,
}

impl Found {
    fn rank(&self) -> (bool, Confidence, Reverse<u64>) {
        (self.is_located, self.confidence, Reverse(self.stack_pointer))
    }
}

/// A search for callers.
struct Search<'r, 'a> {
    read_u64: &'r mut ReadU64<'a>,
    locations: Vec<Location>,
    /// Callers that may still be tried.
    tries: usize,
}

/// How sure a reconstructed caller is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Confidence {
    /// Its return address follows an indirect call.
    Possible,
    /// Its return address follows a call of just this function.
    Certain,
}

impl<'p> Unwinder<'p> {
    fn new(program: &'p Program) -> Unwinder<'p> {
        let (calls, symbols) = (OnceCell::new(), OnceCell::new());
        Unwinder { program, frames: Frames::new(program), calls, symbols }
    }

    fn is_return_address(&self, pc: u64) -> bool {
        call_at(self.program, pc.wrapping_sub(4)).is_some()
    }

    /// The caller of the function at the state's pc, or several if it had to be guessed.
    fn innermost(&self, state: &MachineState, read_u64: &mut ReadU64<'_>) -> Vec<Frame> {
        let in_register = state.x[Reg::RA.index()];
        let Some(caller) = self.frames.caller(state.pc, &state.x, read_u64) else {
            // Hand-written code, or no code at all: what has no frame information rarely touches the stack.
            let found = self.is_return_address(in_register).then_some(Frame { pc: in_register, registers: state.x });
            return found.into_iter().collect();
        };
        if let Some(pc) = caller.saved {
            return if self.is_return_address(pc) {
                vec![Frame { pc, registers: caller.registers }]
            } else {
                Vec::new()
            };
        }
        // The register still holds it, unless the function has called another one since.
        let is_overwritten = self.frames.caller(in_register.wrapping_sub(4), &state.x, read_u64);
        if is_overwritten.is_some_and(|other| other.function == caller.function) {
            return self.search(&caller, state.x[Reg::SP.index()], read_u64);
        }
        let found =
            self.is_return_address(in_register).then_some(Frame { pc: in_register, registers: caller.registers });
        found.into_iter().collect()
    }

    /// The most plausible callers of a function that has not saved its return address, up to the first that has.
    fn search(&self, lost: &Caller, sp: u64, read_u64: &mut ReadU64<'_>) -> Vec<Frame> {
        let locations = locations(self.program, sp, read_u64);
        let mut search = Search { read_u64, locations, tries: MAX_TRIES };
        self.lost_callers(lost, &mut search, 0).map_or_else(Vec::new, |found| found.frames)
    }

    fn lost_callers(&self, lost: &Caller, search: &mut Search<'_, '_>, depth: usize) -> Option<Found> {
        if depth == MAX_LOST {
            return None;
        }
        let calls = self.calls.get_or_init(|| CallSites::new(self.program));
        let mut best: Option<Found> = None;
        for &site in calls.of(lost.function) {
            let Some(left) = search.tries.checked_sub(1) else { break };
            search.tries = left;
            let here = Frame { pc: site.wrapping_add(4), registers: lost.registers };
            let Some(caller) = self.frames.caller(site, &here.registers, search.read_u64) else { continue };
            let found = match caller.saved {
                Some(pc) => self.confidence(pc, caller.function).map(|confidence| Found {
                    frames: Vec::new(),
                    is_located: false,
                    confidence,
                    stack_pointer: caller.registers[Reg::SP.index()],
                }),
                None => self.lost_callers(&caller, search, depth + 1),
            };
            let Some(mut found) = found else { continue };
            found.frames.insert(0, here);
            found.is_located |= self.is_located(site, &search.locations);
            if best.as_ref().is_none_or(|best| found.rank() > best.rank()) {
                best = Some(found);
            }
        }
        best
    }

    fn is_located(&self, site: u64, locations: &[Location]) -> bool {
        if locations.is_empty() {
            return false;
        }
        let frames = self.symbols.get_or_init(|| Symbols::new(self.program)).locate(site);
        locations.iter().any(|location| location.is_in(&frames))
    }

    /// Whether `pc`, found where `function` keeps its return address, may be one.
    fn confidence(&self, pc: u64, function: u64) -> Option<Confidence> {
        match call_at(self.program, pc.wrapping_sub(4))? {
            Call::Direct(target) if target == function => Some(Confidence::Certain),
            Call::Direct(_) => None,
            Call::Indirect => Some(Confidence::Possible),
        }
    }
}
