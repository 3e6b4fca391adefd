//! Which instructions call which function.

use std::collections::HashMap;

use crate::instruction::{Instruction, Reg};
use crate::program::Program;

/// Addresses of the direct calls of each function, by its first address; jumps to it (tail calls) are not among them.
pub(super) struct CallSites(HashMap<u64, Vec<u64>>);

impl CallSites {
    pub(super) fn new(program: &Program) -> CallSites {
        let mut sites: HashMap<u64, Vec<u64>> = HashMap::new();
        for range in program.text() {
            for pc in (range.start..range.end()).step_by(4) {
                if let Some(Call::Direct(target)) = call_at(program, pc) {
                    sites.entry(target).or_default().push(pc);
                }
            }
        }
        CallSites(sites)
    }

    pub(super) fn of(&self, function: u64) -> &[u64] {
        self.0.get(&function).map_or(&[], Vec::as_slice)
    }
}

/// What a call instruction calls.
pub(super) enum Call {
    Direct(u64),
    Indirect,
}

/// The call at `pc`, if there is one.
pub(super) fn call_at(program: &Program, pc: u64) -> Option<Call> {
    match program.fetch(pc).ok()? {
        Instruction::Jal { rd: Reg::RA, offset } => Some(Call::Direct(pc.wrapping_add_signed(offset.into()))),
        Instruction::Jalr { rd: Reg::RA, rs1, offset } => {
            let page = match program.fetch(pc.wrapping_sub(4)) {
                Ok(Instruction::Auipc { rd, imm }) if rd == rs1 => Some(pc.wrapping_sub(4).wrapping_add(imm as u64)),
                _ => None,
            };
            Some(page.map_or(Call::Indirect, |page| Call::Direct(page.wrapping_add_signed(offset.into()))))
        }
        _ => None,
    }
}
