//! The classes of instructions, by what a table for them needs: one step table of the witness each.

use crate::instruction::{AluOp, Instruction, MulOp};
use crate::step::StepRecord;

/// A class of instructions, by what a table for it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// `add addi addw addiw sub subw`
    Add,
    /// `and andi or ori xor xori`
    Bitwise,
    /// `slt slti sltu sltiu`
    Lt,
    /// `sll srl sra` and their immediate and 32-bit forms
    Shift,
    /// `mul mulh mulhsu mulhu mulw`
    Mul,
    /// `div divu rem remu` and their 32-bit forms
    DivRem,
    /// `beq bne blt bge bltu bgeu`
    Branch,
    /// `jal jalr lui auipc`
    Jump,
    /// Loads at a multiple of their width
    Load,
    /// Stores at a multiple of their width
    Store,
    /// All other loads
    MisalignedLoad,
    /// All other stores
    MisalignedStore,
    /// `lr sc amo…`
    Atomic,
    /// `ecall`
    Ecall,
    /// `fence`
    Fence,
}

impl Class {
    /// All classes, in the order of the tables.
    pub const ALL: [Class; 15] = [
        Class::Add,
        Class::Bitwise,
        Class::Lt,
        Class::Shift,
        Class::Mul,
        Class::DivRem,
        Class::Branch,
        Class::Jump,
        Class::Load,
        Class::Store,
        Class::MisalignedLoad,
        Class::MisalignedStore,
        Class::Atomic,
        Class::Ecall,
        Class::Fence,
    ];

    /// Name of the class and of its table.
    pub const fn name(self) -> &'static str {
        match self {
            Class::Add => "add",
            Class::Bitwise => "bitwise",
            Class::Lt => "lt",
            Class::Shift => "shift",
            Class::Mul => "mul",
            Class::DivRem => "div_rem",
            Class::Branch => "branch",
            Class::Jump => "jump",
            Class::Load => "load",
            Class::Store => "store",
            Class::MisalignedLoad => "misaligned_load",
            Class::MisalignedStore => "misaligned_store",
            Class::Atomic => "atomic",
            Class::Ecall => "ecall",
            Class::Fence => "fence",
        }
    }

    /// The class of `instruction`, loads and stores taken as aligned; `None` for `ebreak`, which always traps.
    pub const fn of(instruction: Instruction) -> Option<Class> {
        Some(match instruction {
            Instruction::Lui { .. }
            | Instruction::Auipc { .. }
            | Instruction::Jal { .. }
            | Instruction::Jalr { .. } => Class::Jump,
            Instruction::Branch { .. } => Class::Branch,
            Instruction::Load { .. } => Class::Load,
            Instruction::Store { .. } => Class::Store,
            Instruction::AluImm { op, .. } | Instruction::Alu { op, .. } => match op {
                AluOp::Add | AluOp::Sub => Class::Add,
                AluOp::Xor | AluOp::Or | AluOp::And => Class::Bitwise,
                AluOp::Slt | AluOp::Sltu => Class::Lt,
                AluOp::Sll | AluOp::Srl | AluOp::Sra => Class::Shift,
            },
            Instruction::Mul { op, .. } => match op {
                MulOp::Mul | MulOp::Mulh | MulOp::Mulhsu | MulOp::Mulhu => Class::Mul,
                MulOp::Div | MulOp::Divu | MulOp::Rem | MulOp::Remu => Class::DivRem,
            },
            Instruction::LoadReserved { .. } | Instruction::StoreConditional { .. } | Instruction::Amo { .. } => {
                Class::Atomic
            }
            Instruction::Fence => Class::Fence,
            Instruction::Ecall => Class::Ecall,
            Instruction::Ebreak => return None,
        })
    }

    /// The class a load or store of this class has at `address`; all others stay what they are.
    #[inline]
    pub const fn at_address(self, address: u64, bytes: u64) -> Class {
        match self {
            Class::Load if address & (bytes - 1) != 0 => Class::MisalignedLoad,
            Class::Store if address & (bytes - 1) != 0 => Class::MisalignedStore,
            class => class,
        }
    }

    /// The class of an executed step, given that of its instruction.
    #[inline]
    pub fn of_step(self, record: &StepRecord) -> Class {
        record.access.map_or(self, |access| self.at_address(access.address, access.width.bytes()))
    }

    /// Whether steps of this class may access memory.
    pub const fn accesses_memory(self) -> bool {
        matches!(self, Class::Load | Class::Store | Class::MisalignedLoad | Class::MisalignedStore | Class::Atomic)
    }
}
