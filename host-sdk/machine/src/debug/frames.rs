//! Call frame information (DWARF 5, §6.4) with the registers of the RISC-V psABI.

use gimli::{
    BaseAddresses, CfaRule, CieOrFde, DebugFrame, EhFrame, FrameDescriptionEntry, Register, RegisterRule,
    UnwindContext, UnwindSection, UnwindTableRow,
};

use super::{Bytes, section};
use crate::instruction::Reg;
use crate::program::Program;

/// Registers after a function has returned, as far as its frame information tells.
pub(super) struct Caller {
    /// After the return; the stack pointer is exact.
    pub registers: [u64; 32],
    /// Where it returns to: `None` if the function never returns and has saved nothing.
    pub saved: Option<u64>,
    /// First address of the function.
    pub function: u64,
}

/// All frame information of a program, by address.
pub(super) struct Frames<'p> {
    debug_frame: Table<'p, DebugFrame<Bytes<'p>>>,
    eh_frame: Table<'p, EhFrame<Bytes<'p>>>,
}

struct Table<'p, S> {
    section: S,
    bases: BaseAddresses,
    /// Sorted by first address.
    entries: Vec<FrameDescriptionEntry<Bytes<'p>>>,
}

impl<'p> Frames<'p> {
    pub(super) fn new(program: &'p Program) -> Frames<'p> {
        let elf = program.elf();
        let text = program.text().first().map_or(0, |range| range.start);
        let eh_section = section(elf, ".eh_frame");
        let bases = BaseAddresses::default().set_eh_frame(eh_section.address).set_text(text);
        let mut debug_frame = DebugFrame::from(section(elf, ".debug_frame").bytes);
        let mut eh_frame = EhFrame::from(eh_section.bytes);
        debug_frame.set_address_size(8);
        eh_frame.set_address_size(8);
        Frames { debug_frame: Table::new(debug_frame, bases.clone()), eh_frame: Table::new(eh_frame, bases) }
    }

    /// The state after the function around `pc` has returned.
    pub(super) fn caller(
        &self,
        pc: u64,
        registers: &[u64; 32],
        read_u64: &mut dyn FnMut(u64) -> Option<u64>,
    ) -> Option<Caller> {
        let caller = self.debug_frame.caller(pc, registers, read_u64);
        caller.or_else(|| self.eh_frame.caller(pc, registers, read_u64))
    }
}

impl<'p, S: UnwindSection<Bytes<'p>>> Table<'p, S> {
    fn new(section: S, bases: BaseAddresses) -> Table<'p, S> {
        let mut entries = Vec::new();
        let mut all = section.entries(&bases);
        while let Ok(Some(entry)) = all.next() {
            // Functions that the linker has dropped are left at address 0.
            if let CieOrFde::Fde(partial) = entry
                && let Ok(entry) = partial.parse(S::cie_from_offset)
                && entry.initial_address() != 0
            {
                entries.push(entry);
            }
        }
        entries.sort_by_key(|entry| entry.initial_address());
        Table { section, bases, entries }
    }

    fn caller(&self, pc: u64, registers: &[u64; 32], read_u64: &mut dyn FnMut(u64) -> Option<u64>) -> Option<Caller> {
        let after = self.entries.partition_point(|entry| entry.initial_address() <= pc);
        let entry = self.entries[..after].last().filter(|entry| entry.contains(pc))?;
        let mut context = UnwindContext::new();
        let row = entry.unwind_info_for_address(&self.section, &self.bases, &mut context, pc).ok()?;
        let return_address = entry.cie().return_address_register();
        let (registers, saved) = apply(row, return_address, registers, read_u64)?;
        Some(Caller { registers, saved, function: entry.initial_address() })
    }
}

/// Registers after the return, and the return address if it was saved.
fn apply(
    row: &UnwindTableRow<usize>,
    return_address: Register,
    registers: &[u64; 32],
    read_u64: &mut dyn FnMut(u64) -> Option<u64>,
) -> Option<([u64; 32], Option<u64>)> {
    let value_of = |register: Register| registers.get(register.0 as usize).copied();
    let CfaRule::RegisterAndOffset { register, offset } = *row.cfa() else { return None };
    let frame = value_of(register)?.wrapping_add_signed(offset);
    let mut after = *registers;
    after[Reg::SP.index()] = frame;
    let mut saved = None;
    for &(register, ref rule) in row.registers() {
        let value = match *rule {
            RegisterRule::Offset(offset) => read_u64(frame.wrapping_add_signed(offset))?,
            RegisterRule::ValOffset(offset) => frame.wrapping_add_signed(offset),
            RegisterRule::Register(other) => value_of(other)?,
            // The outermost function.
            RegisterRule::Undefined if register == return_address => return None,
            _ => continue,
        };
        if let Some(slot) = after.get_mut(register.0 as usize) {
            *slot = value;
        }
        if register == return_address {
            saved = Some(value);
        }
    }
    after[Reg::ZERO.index()] = 0;
    Some((after, saved))
}
