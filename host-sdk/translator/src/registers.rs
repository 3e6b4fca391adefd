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

/// A loop counts for at most this many instructions: longer backward jumps are rarely loops.
const LONGEST_LOOP: i64 = 1 << 14;
const DEEPEST_NESTING: i32 = 5;

fn count_uses(range: &TextRange, uses: &mut [u64; 32]) {
    let depths = loop_depths(range);
    for (instruction, depth) in range.slots.iter().zip(depths) {
        let Some(instruction) = instruction else { continue };
        let weight = 1 << (3 * depth.min(DEEPEST_NESTING));
        let (rs1, rs2) = instruction.sources();
        let rd = instruction.destination().unwrap_or(Reg::ZERO);
        for reg in [rs1, rs2, rd] {
            uses[reg.index()] += weight;
        }
    }
}

/// How many backward jumps span each slot.
fn loop_depths(range: &TextRange) -> impl Iterator<Item = i32> {
    let mut changes = vec![0i32; range.slots.len() + 1];
    for (slot, instruction) in range.slots.iter().enumerate() {
        let offset = match instruction.map(Instruction::flow) {
            Some(Flow::Branch { offset }) => offset,
            Some(Flow::Jump { offset }) if instruction.and_then(Instruction::destination).is_none() => offset,
            _ => continue,
        };
        let target = slot as i64 + i64::from(offset) / 4;
        if offset <= 0 && target >= 0 && slot as i64 - target < LONGEST_LOOP {
            changes[target as usize] += 1;
            changes[slot + 1] -= 1;
        }
    }
    changes.into_iter().scan(0, |depth, change| {
        *depth += change;
        Some(*depth)
    })
}
