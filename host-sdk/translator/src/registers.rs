//! Which guest registers live in x86 registers.
//!
//! One choice per program: the most used registers, an occurrence inside a loop counting as many times as the loop is
//! nested deep. A fixed choice costs up to 2× on single programs.

use zkvm_machine::{Flow, Instruction, Program, Reg, TextRange};

use crate::layout::slot;

/// x86 numbers of the registers that hold guest registers. The others: `rax` and `rdx` are scratch, `rbp` points to the
/// state block, `r14` counts the steps left, `r15` points to the log.
const HOMES: [u8; 11] = [3, 1, 6, 7, 8, 9, 10, 11, 12, 13, 4];

/// Where a guest register lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// `x0`: nowhere.
    Zero,
    /// In the x86 register of that number.
    Gpr(u8),
    /// In memory at `[rbp + displacement]`.
    Slot(i8),
}

/// The choice for one program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RegisterMap {
    homes: [Option<u8>; 32],
}

impl RegisterMap {
    pub(crate) fn for_program(program: &Program) -> RegisterMap {
        let mut uses = [0u64; 32];
        program.text().iter().for_each(|range| count_uses(range, &mut uses));
        let mut order: Vec<usize> = (1..32).filter(|&index| uses[index] > 0).collect();
        order.sort_by_key(|&index| (std::cmp::Reverse(uses[index]), index));
        let mut homes = [None; 32];
        order.iter().zip(HOMES).for_each(|(&index, home)| homes[index] = Some(home));
        RegisterMap { homes }
    }

    pub(crate) fn place(&self, reg: Reg) -> Place {
        match (reg, self.homes[reg.index()]) {
            (Reg::ZERO, _) => Place::Zero,
            (_, Some(home)) => Place::Gpr(home),
            (_, None) => Place::Slot(slot(reg.index())),
        }
    }

    /// Guest registers in x86 registers: `(guest index, x86 number)`.
    pub(crate) fn mapped(&self) -> impl Iterator<Item = (usize, u8)> {
        self.homes.iter().enumerate().filter_map(|(index, home)| home.map(|home| (index, home)))
    }
}

/// Instructions. Longer backward jumps are rarely hot loops: compilers put unlikely code behind a function and jump back.
const LONGEST_LOOP: i64 = 256;
const DEEPEST_NESTING: u32 = 5;

fn count_uses(range: &TextRange, uses: &mut [u64; 32]) {
    for (instruction, weight) in range.slots.iter().zip(weights(range)) {
        let Some(instruction) = instruction else { continue };
        let (rs1, rs2) = instruction.sources();
        let rd = instruction.destination().unwrap_or(Reg::ZERO);
        for reg in [rs1, rs2, rd] {
            uses[reg.index()] += weight;
        }
    }
}

/// What an occurrence in each slot counts: eight times as much per loop around it, and the more the shorter the innermost of
/// them is, since a short loop waits for each of its registers.
fn weights(range: &TextRange) -> Vec<u64> {
    let mut loops = find_loops(range);
    loops.sort_by_key(|body| std::cmp::Reverse(body.len()));
    let mut depths = vec![(0u32, 4 * LONGEST_LOOP as u64); range.slots.len()];
    for body in loops {
        let length = body.len() as u64;
        depths[body].iter_mut().for_each(|(depth, innermost)| (*depth, *innermost) = (*depth + 1, length));
    }
    let weight = |(depth, innermost): (u32, u64)| (1024 << (3 * depth.min(DEEPEST_NESTING))) / innermost;
    depths.into_iter().map(weight).collect()
}

/// A loop runs from the target of a backward jump to the last jump to it: several jumps to one head (`continue`) are one.
fn find_loops(range: &TextRange) -> Vec<std::ops::Range<usize>> {
    let mut ends = vec![0usize; range.slots.len()];
    for (slot, instruction) in range.slots.iter().enumerate() {
        let offset = match instruction.map(Instruction::flow) {
            Some(Flow::Branch { offset }) => offset,
            Some(Flow::Jump { offset }) if instruction.and_then(Instruction::destination).is_none() => offset,
            _ => continue,
        };
        let head = slot as i64 + i64::from(offset) / 4;
        if offset <= 0 && head >= 0 && slot as i64 - head < LONGEST_LOOP {
            ends[head as usize] = slot + 1;
        }
    }
    ends.into_iter().enumerate().filter(|&(_, end)| end > 0).map(|(head, end)| head..end).collect()
}
