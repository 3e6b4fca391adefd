//! The calls a machine state is in, by call frame information (DWARF 5, §6.4) with the registers of the RISC-V psABI.

use gimli::{
    BaseAddresses, CfaRule, DebugFrame, EhFrame, Register, RegisterRule, UnwindContext, UnwindSection, UnwindTableRow,
};

use super::{Bytes, section};
use crate::instruction::Reg;
use crate::program::Program;
use crate::step::MachineState;

/// Calls that are followed at most.
const MAX_DEPTH: usize = 64;

/// Return addresses of the calls that `state` is in, innermost first, at most 64. `read_u64` reads guest memory. Where
/// there is no call frame information, only the return address register is known.
pub fn unwind(
    program: &Program,
    state: &MachineState,
    read_u64: &mut dyn FnMut(u64) -> Option<u64>,
) -> Vec<u64> {
    let tables = Tables::new(program);
    let is_text = |pc: u64| program.text().iter().any(|range| (range.start..range.end()).contains(&pc));
    let mut callers = Vec::new();
    let mut registers = state.x;
    let mut pc = state.pc;
    while callers.len() < MAX_DEPTH {
        let is_innermost = callers.is_empty();
        // A return address may be the first one of the next function: the call is before it.
        let inside = if is_innermost { pc } else { pc.wrapping_sub(4) };
        let caller = tables.caller(inside, &registers, read_u64).or_else(|| {
            // A leaf function, or a jump to nowhere, that has not touched the stack.
            is_innermost.then(|| Caller { pc: registers[Reg::RA.index()], registers })
        });
        let Some(caller) = caller.filter(|caller| is_text(caller.pc.wrapping_sub(4))) else { break };
        let sp = Reg::SP.index();
        let is_above = caller.registers[sp] > registers[sp] || (is_innermost && caller.registers[sp] == registers[sp]);
        if !is_above {
            break;
        }
        Caller { pc, registers } = caller;
        callers.push(pc);
    }
    callers
}

struct Caller {
    pc: u64,
    registers: [u64; 32],
}

struct Tables<'p> {
    debug_frame: DebugFrame<Bytes<'p>>,
    eh_frame: EhFrame<Bytes<'p>>,
    bases: BaseAddresses,
}

impl<'p> Tables<'p> {
    fn new(program: &'p Program) -> Tables<'p> {
        let elf = program.elf();
        let eh_frame = section(elf, ".eh_frame");
        let bases = BaseAddresses::default()
            .set_eh_frame(eh_frame.address)
            .set_text(program.text().first().map_or(0, |range| range.start));
        let mut debug_frame = DebugFrame::from(section(elf, ".debug_frame").bytes);
        let mut eh_frame = EhFrame::from(eh_frame.bytes);
        debug_frame.set_address_size(8);
        eh_frame.set_address_size(8);
        Tables { debug_frame, eh_frame, bases }
    }

    /// The state just after the function around `pc` has returned.
    fn caller(
        &self,
        pc: u64,
        registers: &[u64; 32],
        read_u64: &mut dyn FnMut(u64) -> Option<u64>,
    ) -> Option<Caller> {
        caller_by(&self.debug_frame, &self.bases, pc, registers, read_u64)
            .or_else(|| caller_by(&self.eh_frame, &self.bases, pc, registers, read_u64))
    }
}

fn caller_by<'p, S: UnwindSection<Bytes<'p>>>(
    table: &S,
    bases: &BaseAddresses,
    pc: u64,
    registers: &[u64; 32],
    read_u64: &mut dyn FnMut(u64) -> Option<u64>,
) -> Option<Caller> {
    let mut context = UnwindContext::new();
    let description = table.fde_for_address(bases, pc, S::cie_from_offset).ok()?;
    let row = description.unwind_info_for_address(table, bases, &mut context, pc).ok()?;
    let (pc, registers) = apply(row, description.cie().return_address_register(), registers, read_u64)?;
    Some(Caller { pc, registers })
}

/// Return address and registers after the return.
fn apply(
    row: &UnwindTableRow<usize>,
    return_address: Register,
    registers: &[u64; 32],
    read_u64: &mut dyn FnMut(u64) -> Option<u64>,
) -> Option<(u64, [u64; 32])> {
    let value_of = |register: Register| registers.get(register.0 as usize).copied();
    let CfaRule::RegisterAndOffset { register, offset } = *row.cfa() else { return None };
    let frame = value_of(register)?.wrapping_add_signed(offset);
    let mut after = *registers;
    after[Reg::SP.index()] = frame;
    for &(register, ref rule) in row.registers() {
        let value = match *rule {
            RegisterRule::SameValue => continue,
            RegisterRule::Offset(offset) => read_u64(frame.wrapping_add_signed(offset))?,
            RegisterRule::ValOffset(offset) => frame.wrapping_add_signed(offset),
            RegisterRule::Register(other) => value_of(other)?,
            RegisterRule::Undefined if register == return_address => return None,
            _ => continue,
        };
        if let Some(slot) = after.get_mut(register.0 as usize) {
            *slot = value;
        }
    }
    after[Reg::ZERO.index()] = 0;
    let pc = *after.get(return_address.0 as usize)?;
    Some((pc, after))
}
