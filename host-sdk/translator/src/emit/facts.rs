//! What is known of the guest registers' values while a block is translated: constants, and how far from the guest window an
//! address can be at most. A check of a base register is left out where it is known to be near.

use zkvm_abi::{GUARD_BYTES, WINDOW_BYTES};
use zkvm_machine::{AluOp, Flow, Instruction, OpWidth, Reg, Signedness, Width};

/// How far outside the window an address may lie without wrapping into mapped memory: an offset (2 KiB) and the access
/// itself (8 bytes) still fit into the guard.
const FARTHEST: u64 = GUARD_BYTES - 4096;

/// What is known, per guest register.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Facts {
    constant: [Option<u64>; 32],
    /// At most so far from an address below 2^32.
    distance: [Option<u64>; 32],
}

impl Facts {
    pub(super) fn at_entry() -> Facts {
        let mut facts = Facts::default();
        facts.constant[0] = Some(0);
        facts.distance[0] = Some(0);
        facts
    }

    /// Whether an access with this base register and any offset touches the guest window or its guards, and nothing else.
    pub(super) fn is_near(&self, reg: Reg) -> bool {
        self.distance[reg.index()].is_some_and(|distance| distance <= FARTHEST)
    }

    /// After `instruction` at `pc`.
    pub(super) fn update(&mut self, pc: u64, instruction: Instruction) {
        // An access at a base near the window has not trapped: so it was inside, further from its ends than any offset.
        if let Some(base) = base(instruction) {
            self.distance[base.index()] = Some(0);
        }
        let Some(rd) = instruction.destination() else { return };
        let constant = self.constant_after(pc, instruction);
        self.distance[rd.index()] = match constant {
            Some(value) => (value < WINDOW_BYTES).then_some(0),
            None => self.distance_after(instruction),
        };
        self.constant[rd.index()] = constant;
    }

    /// What is known at the start of a block in all iterations but the first, if it ends with a jump to itself and the checks
    /// of its first iteration make others unnecessary.
    pub(super) fn in_repetition(&self, pc: u64, instructions: &[Option<Instruction>]) -> Option<Facts> {
        /// Rounds until the facts have settled, which most do in two.
        const ROUNDS: usize = 4;
        let last = instructions.last().copied().flatten()?;
        let back = -4 * (instructions.len() as i64 - 1);
        if !matches!(last.flow(), Flow::Branch { offset } if i64::from(offset) == back) {
            return None;
        }
        let (checks, mut facts) = self.after(pc, instructions);
        for _ in 0..ROUNDS {
            let (checks_again, after) = facts.after(pc, instructions);
            let both = facts.or(&after);
            if both == facts {
                return (checks_again < checks).then_some(facts);
            }
            facts = both;
        }
        None
    }

    /// After these instructions; and how many of their accesses need a check.
    fn after(&self, pc: u64, instructions: &[Option<Instruction>]) -> (usize, Facts) {
        let (mut checks, mut facts) = (0, *self);
        for (pc, instruction) in (pc..).step_by(4).zip(instructions.iter().flatten()) {
            checks += usize::from(base(*instruction).is_some_and(|base| !facts.is_near(base)));
            facts.update(pc, *instruction);
        }
        (checks, facts)
    }

    /// What holds in both cases.
    fn or(&self, other: &Facts) -> Facts {
        let mut both = *self;
        for index in 0..32 {
            both.constant[index] = self.constant[index].filter(|_| self.constant[index] == other.constant[index]);
            both.distance[index] = match (self.distance[index], other.distance[index]) {
                (Some(one), Some(two)) => Some(one.max(two)),
                _ => None,
            };
        }
        both
    }

    fn constant_after(&self, pc: u64, instruction: Instruction) -> Option<u64> {
        match instruction {
            Instruction::Lui { imm, .. } => Some(imm as u64),
            Instruction::Auipc { imm, .. } => Some(pc.wrapping_add(imm as u64)),
            Instruction::Jal { .. } | Instruction::Jalr { .. } => Some(pc + 4),
            Instruction::AluImm { op: AluOp::Add, width: OpWidth::W64, rs1, imm, .. } => {
                self.constant[rs1.index()].map(|value| value.wrapping_add(imm as u64))
            }
            _ => None,
        }
    }

    fn distance_after(&self, instruction: Instruction) -> Option<u64> {
        let moved = |from: Reg, by: u64| self.distance[from.index()]?.checked_add((by as i64).unsigned_abs());
        match instruction {
            Instruction::AluImm { op: AluOp::Add, width: OpWidth::W64, rs1, imm, .. } => moved(rs1, imm as u64),
            Instruction::Alu { op: AluOp::Add, width: OpWidth::W64, rs1, rs2, .. } => {
                match (self.constant[rs1.index()], self.constant[rs2.index()]) {
                    (_, Some(by)) => moved(rs1, by),
                    (Some(by), _) => moved(rs2, by),
                    _ => None,
                }
            }
            Instruction::Load { width, signedness: Signedness::Unsigned, .. } if width < Width::Double => Some(0),
            _ => None,
        }
    }
}

/// The base register of an access to memory.
fn base(instruction: Instruction) -> Option<Reg> {
    match instruction {
        Instruction::Load { rs1, .. }
        | Instruction::Store { rs1, .. }
        | Instruction::LoadReserved { rs1, .. }
        | Instruction::Amo { rs1, .. } => Some(rs1),
        // A failing `sc` accesses nothing.
        _ => None,
    }
}
