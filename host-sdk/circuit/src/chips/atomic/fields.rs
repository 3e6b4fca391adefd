//! What the `program` table says of the instructions of the `A` extension.

use zkvm_machine::{AmoOp, Instruction, Width};

use crate::cells::{destination, source};
use crate::op::Op;

/// What a row of `atomic` does, besides its width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Class {
    /// `lr`
    LoadReserved = 1,
    /// `sc`; the unit says whether the reservation holds.
    StoreConditional = 2,
    /// `amoswap`
    Swap = 3,
    /// `amoadd`; the unit says that the sum is a word.
    Add = 4,
    /// `amoand amoor amoxor`; the unit computes it.
    Bitwise = 5,
    /// `amomin amomax amominu amomaxu`; the unit says whether to keep the old value.
    Pick = 6,
}

/// The row of an instruction that `atomic` executes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtomicFields {
    /// What it does.
    pub class: Class,
    /// [`Width::Word`] or [`Width::Double`].
    pub width: Width,
    /// Cells of rs1, rs2 (`lr`: x0) and rd.
    pub cells: [u64; 3],
    /// What is asked of a unit.
    pub unit: Option<Op>,
}

impl AtomicFields {
    /// What `atomic` does for `instruction`, or `None` if it is not `atomic`'s.
    pub fn of(instruction: Instruction) -> Option<AtomicFields> {
        let (class, unit, width, rd) = match instruction {
            Instruction::LoadReserved { width, rd, .. } => (Class::LoadReserved, None, width, rd),
            Instruction::StoreConditional { width, rd, .. } => (Class::StoreConditional, Some(Op::Eq), width, rd),
            Instruction::Amo { op, width, rd, .. } => {
                let (class, unit) = amo(op);
                (class, unit, width, rd)
            }
            _ => return None,
        };
        let (rs1, rs2) = instruction.sources();
        Some(AtomicFields { class, width, cells: [source(rs1), source(rs2), destination(rd)], unit })
    }

    /// The fields of the program's row after kind and pc.
    pub fn fields(self) -> [u64; 8] {
        let AtomicFields { class, width, cells: [r1, r2, r3], unit } = self;
        let code = class as u64 + if width == Width::Double { DOUBLE } else { 0 };
        [code, r1, r2, r3, unit.map_or(0, |op| op as u64), 0, 0, 0]
    }
}

/// Added to the class in the code of an instruction on 8 bytes.
pub(super) const DOUBLE: u64 = 8;

fn amo(op: AmoOp) -> (Class, Option<Op>) {
    match op {
        AmoOp::Swap => (Class::Swap, None),
        AmoOp::Add => (Class::Add, Some(Op::And)),
        AmoOp::Xor => (Class::Bitwise, Some(Op::Xor)),
        AmoOp::And => (Class::Bitwise, Some(Op::And)),
        AmoOp::Or => (Class::Bitwise, Some(Op::Or)),
        AmoOp::Min => (Class::Pick, Some(Op::Lt)),
        AmoOp::Max => (Class::Pick, Some(Op::Ge)),
        AmoOp::Minu => (Class::Pick, Some(Op::Ltu)),
        AmoOp::Maxu => (Class::Pick, Some(Op::Geu)),
    }
}
