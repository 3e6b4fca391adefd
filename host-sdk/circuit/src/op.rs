//! What units compute, and the numbers by which the `instr` bus calls it.

use zkvm_machine::{AluOp, Cond, Instruction, MulOp, OpWidth, Signedness, Width};

/// An operation that a unit computes: `c = op(a, b)` on 64-bit words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Op {
    /// `and andi`
    And = 0,
    /// `or ori`
    Or = 1,
    /// `xor xori`
    Xor = 2,
    /// `sll slli`
    Sll = 3,
    /// `srl srli`
    Srl = 4,
    /// `sra srai`
    Sra = 5,
    /// `sllw slliw`
    Sllw = 6,
    /// `srlw srliw`
    Srlw = 7,
    /// `sraw sraiw`
    Sraw = 8,
    /// `slt slti blt`
    Lt = 9,
    /// `sltu sltiu bltu`
    Ltu = 10,
    /// `beq`
    Eq = 11,
    /// `bne`
    Ne = 12,
    /// `bge`
    Ge = 13,
    /// `bgeu`
    Geu = 14,
    /// `mul`
    Mul = 16,
    /// `mulh`
    Mulh = 17,
    /// `mulhsu`
    Mulhsu = 18,
    /// `mulhu`
    Mulhu = 19,
    /// `mulw`
    Mulw = 20,
    /// `div`
    Div = 24,
    /// `divu`
    Divu = 25,
    /// `rem`
    Rem = 26,
    /// `remu`
    Remu = 27,
    /// `divw`
    Divw = 28,
    /// `divuw`
    Divuw = 29,
    /// `remw`
    Remw = 30,
    /// `remuw`
    Remuw = 31,
}

impl Op {
    /// The unit operation `instruction` needs, or `None` if it needs none.
    pub fn of(instruction: Instruction) -> Option<Op> {
        match instruction {
            Instruction::AluImm { op, width, .. } | Instruction::Alu { op, width, .. } => Op::of_alu(op, width),
            Instruction::Mul { op, width, .. } => Some(Op::of_mul(op, width)),
            Instruction::Branch { cond, .. } => Some(match cond {
                Cond::Eq => Op::Eq,
                Cond::Ne => Op::Ne,
                Cond::Lt => Op::Lt,
                Cond::Ge => Op::Ge,
                Cond::Ltu => Op::Ltu,
                Cond::Geu => Op::Geu,
            }),
            Instruction::Lui { .. }
            | Instruction::Auipc { .. }
            | Instruction::Jal { .. }
            | Instruction::Jalr { .. }
            | Instruction::Load { .. }
            | Instruction::Store { .. }
            | Instruction::LoadReserved { .. }
            | Instruction::StoreConditional { .. }
            | Instruction::Amo { .. }
            | Instruction::Fence
            | Instruction::Ecall
            | Instruction::Ebreak => None,
        }
    }

    fn of_alu(op: AluOp, width: OpWidth) -> Option<Op> {
        let narrow = width == OpWidth::W32;
        Some(match op {
            AluOp::Add | AluOp::Sub => return None,
            AluOp::Sll if narrow => Op::Sllw,
            AluOp::Srl if narrow => Op::Srlw,
            AluOp::Sra if narrow => Op::Sraw,
            AluOp::Sll => Op::Sll,
            AluOp::Srl => Op::Srl,
            AluOp::Sra => Op::Sra,
            AluOp::Slt => Op::Lt,
            AluOp::Sltu => Op::Ltu,
            AluOp::Xor => Op::Xor,
            AluOp::Or => Op::Or,
            AluOp::And => Op::And,
        })
    }

    fn of_mul(op: MulOp, width: OpWidth) -> Op {
        let narrow = width == OpWidth::W32;
        match op {
            MulOp::Mul if narrow => Op::Mulw,
            MulOp::Div if narrow => Op::Divw,
            MulOp::Divu if narrow => Op::Divuw,
            MulOp::Rem if narrow => Op::Remw,
            MulOp::Remu if narrow => Op::Remuw,
            MulOp::Mul => Op::Mul,
            MulOp::Mulh => Op::Mulh,
            MulOp::Mulhsu => Op::Mulhsu,
            MulOp::Mulhu => Op::Mulhu,
            MulOp::Div => Op::Div,
            MulOp::Divu => Op::Divu,
            MulOp::Rem => Op::Rem,
            MulOp::Remu => Op::Remu,
        }
    }
}

/// One computation of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnitCall {
    /// What is computed.
    pub op: Op,
    /// First operand.
    pub a: u64,
    /// Second operand.
    pub b: u64,
    /// The result; for a comparison 0 or 1.
    pub c: u64,
}

/// A load or store of less than a word that stays inside one word and is aligned to its own width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NarrowOp {
    /// `lb lh lw lbu lhu lwu`
    Load(Width, Signedness),
    /// `sb sh sw`
    Store(Width),
}

impl NarrowOp {
    /// Its number on the bus: log2 of the width in bytes, + 4 if unsigned, + 8 for a store.
    pub fn code(self) -> u64 {
        let log2 = |width: Width| u64::from(width.bytes().trailing_zeros());
        match self {
            NarrowOp::Load(width, Signedness::Signed) => log2(width),
            NarrowOp::Load(width, Signedness::Unsigned) => log2(width) + 4,
            NarrowOp::Store(width) => log2(width) + 8,
        }
    }
}

/// One narrow load or store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NarrowCall {
    /// Which.
    pub op: NarrowOp,
    /// Address mod 8.
    pub offset: u64,
    /// Load: the word in memory. Store: the register's value.
    pub source: u64,
    /// Store: the word in memory before. Load: the destination register's value before.
    pub old: u64,
    /// Load: the register's new value. Store: the word in memory after.
    pub new: u64,
}
