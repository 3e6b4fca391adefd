//! Basic blocks: at which instruction slots native code can be entered.
//!
//! A block runs from an entry to the next entry; every slot after a jump, branch or stop is an entry, so a block holds at
//! most one transfer of control, at its end. Slots that are no entries can still be jumped to: the reference semantics
//! then execute the steps up to the next entry.

use std::collections::BTreeMap;

use zkvm_machine::{AluOp, Flow, Instruction, Program, Reg, TextRange};

use crate::options::Mode;

/// Entry flags of one text range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entries {
    flags: Vec<bool>,
}

impl Entries {
    pub(crate) fn from_flags(flags: Vec<bool>) -> Entries {
        Entries { flags }
    }

    pub(crate) fn flags(&self) -> &[bool] {
        &self.flags
    }

    pub(crate) fn is_entry(&self, slot: usize) -> bool {
        self.flags.get(slot).copied().unwrap_or(false)
    }

    /// The block `slot` is in: first slot and slot after the last.
    pub(crate) fn block_of(&self, slot: usize) -> (usize, usize) {
        let start = self.flags[..=slot].iter().rposition(|&entry| entry).unwrap_or(0);
        (start, self.block_end(slot))
    }

    /// Slot after the last of the block `slot` is in.
    pub(crate) fn block_end(&self, slot: usize) -> usize {
        let after = self.flags[slot + 1..].iter().position(|&entry| entry);
        after.map_or(self.flags.len(), |offset| slot + 1 + offset)
    }
}

/// Whether native code hands this slot to the reference semantics: what does not decode, system calls, breakpoints and
/// scope markers. Replay also leaves to them the rare ones of which no code writes the rows: atomics, and arithmetic to `x0`.
pub(crate) fn is_stop(instruction: Option<Instruction>, mode: Mode) -> bool {
    if mode == Mode::Replay && instruction.is_some_and(is_rare) {
        return true;
    }
    match instruction {
        None | Some(Instruction::Ecall | Instruction::Ebreak) => true,
        Some(Instruction::AluImm { op: AluOp::Slt, rd: Reg::ZERO, rs1: Reg::ZERO, imm, .. }) => {
            imm == zkvm_abi::scope::BEGIN || imm == zkvm_abi::scope::END
        }
        Some(_) => false,
    }
}

fn is_rare(instruction: Instruction) -> bool {
    match instruction {
        Instruction::LoadReserved { .. } | Instruction::StoreConditional { .. } | Instruction::Amo { .. } => true,
        Instruction::AluImm { rd, .. } | Instruction::Alu { rd, .. } | Instruction::Mul { rd, .. } => rd == Reg::ZERO,
        _ => false,
    }
}

/// Finds the entries of all text ranges of `program`; no block is longer than `max_block`.
pub(crate) fn find_entries(program: &Program, mode: Mode, max_block: u32) -> Vec<Entries> {
    let mut found = Found::new(program);
    found.mark(program.entry());
    program.functions().iter().for_each(|function| found.mark(function.start));
    for range in program.text() {
        mark_transfers(&mut found, range, mode);
        mark_built_addresses(&mut found, range);
    }
    mark_stored_addresses(&mut found, program);
    let mut ranges: Vec<Entries> = found.flags.into_values().map(|flags| Entries { flags }).collect();
    ranges.iter_mut().for_each(|entries| split_long_blocks(entries, max_block));
    ranges
}

/// Entry flags by the address of their range.
struct Found {
    flags: BTreeMap<u64, Vec<bool>>,
}

impl Found {
    fn new(program: &Program) -> Found {
        let of_range = |range: &TextRange| (range.start, vec![false; range.slots.len()]);
        Found { flags: program.text().iter().map(of_range).collect() }
    }

    fn mark(&mut self, address: u64) {
        if address.is_multiple_of(4)
            && let Some((start, flags)) = self.flags.range_mut(..=address).next_back()
            && let Some(flag) = flags.get_mut(((address - start) / 4) as usize)
        {
            *flag = true;
        }
    }
}

fn mark_transfers(found: &mut Found, range: &TextRange, mode: Mode) {
    found.mark(range.start);
    for (pc, instruction) in (range.start..).step_by(4).zip(&range.slots) {
        let stop = is_stop(*instruction, mode);
        if stop {
            found.mark(pc);
        }
        match instruction.map_or(Flow::System, Instruction::flow) {
            Flow::Jump { offset } | Flow::Branch { offset } => {
                found.mark(pc.wrapping_add(offset as u64));
                found.mark(pc + 4);
            }
            Flow::Indirect | Flow::System => found.mark(pc + 4),
            Flow::Next if stop => found.mark(pc + 4),
            Flow::Next => {}
        }
    }
}

/// Addresses made by `auipc`/`lui` and `addi`: functions and labels that are passed around.
fn mark_built_addresses(found: &mut Found, range: &TextRange) {
    for (index, pair) in range.slots.windows(2).enumerate() {
        let pc = range.start + 4 * index as u64;
        let (upper, base) = match pair[0] {
            Some(Instruction::Auipc { rd, imm }) => (rd, pc.wrapping_add(imm as u64)),
            Some(Instruction::Lui { rd, imm }) => (rd, imm as u64),
            _ => continue,
        };
        if let Some(Instruction::AluImm { op: AluOp::Add, rs1, imm, .. }) = pair[1]
            && rs1 == upper
        {
            found.mark(base.wrapping_add(imm as u64));
        }
    }
}

/// Words of data that look like addresses of instructions: function pointers, vtables, jump tables.
fn mark_stored_addresses(found: &mut Found, program: &Program) {
    for segment in program.segments().iter().filter(|segment| !segment.access.execute) {
        let skip = segment.region.start.next_multiple_of(4) - segment.region.start;
        let aligned = segment.data.get(skip as usize..).unwrap_or(&[]);
        for word in aligned.chunks_exact(4) {
            found.mark(u64::from(u32::from_le_bytes([word[0], word[1], word[2], word[3]])));
        }
    }
}

fn split_long_blocks(entries: &mut Entries, max_block: u32) {
    let mut length = 0;
    for flag in &mut entries.flags {
        if length == max_block {
            *flag = true;
        }
        length = if *flag { 1 } else { length + 1 };
    }
}
