//! The instructions of RV64IMA, grouped by what they do. Names are the manual's (RISC-V Unprivileged ISA 20240411).

/// A register index, 0 to 31.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reg(u8);

impl Reg {
    /// `x0`, which reads as 0 and ignores writes.
    pub const ZERO: Reg = Reg(0);
    /// `x1`, the return address by convention.
    pub const RA: Reg = Reg(1);
    /// `x2`, the stack pointer by convention.
    pub const SP: Reg = Reg(2);
    /// `x10`, first argument and result.
    pub const A0: Reg = Reg(10);
    /// `x11`, second argument.
    pub const A1: Reg = Reg(11);
    /// `x12`, third argument.
    pub const A2: Reg = Reg(12);
    /// `x17`, the system call number.
    pub const A7: Reg = Reg(17);

    /// The register of the low five bits of `index`.
    pub const fn new(index: u32) -> Reg {
        Reg((index & 31) as u8)
    }

    /// 0 to 31.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// All 32 registers in order.
    pub fn all() -> impl Iterator<Item = Reg> {
        (0..32).map(Reg)
    }
}

/// Bytes of a memory access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Width {
    /// 1 byte.
    Byte,
    /// 2 bytes.
    Half,
    /// 4 bytes.
    Word,
    /// 8 bytes.
    Double,
}

impl Width {
    /// All widths, narrow to wide.
    pub const ALL: [Width; 4] = [Width::Byte, Width::Half, Width::Word, Width::Double];

    /// 1, 2, 4 or 8.
    pub const fn bytes(self) -> u64 {
        1 << self as u8
    }

    /// Ones in the bits an access of this width covers.
    pub const fn mask(self) -> u64 {
        u64::MAX >> (64 - 8 * self.bytes())
    }
}

/// How a narrow value fills a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signedness {
    /// The sign bit is repeated.
    Signed,
    /// Zeros.
    Unsigned,
}

/// Width of an arithmetic operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpWidth {
    /// Low 32 bits, the result sign-extended (`addw` and its like).
    W32,
    /// All 64 bits.
    W64,
}

/// Condition of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cond {
    /// `beq`
    Eq,
    /// `bne`
    Ne,
    /// `blt`
    Lt,
    /// `bge`
    Ge,
    /// `bltu`
    Ltu,
    /// `bgeu`
    Geu,
}

/// Operations of `I` on two registers or a register and an immediate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AluOp {
    /// `add addi addw addiw`
    Add,
    /// `sub subw`
    Sub,
    /// `sll slli sllw slliw`
    Sll,
    /// `slt slti`
    Slt,
    /// `sltu sltiu`
    Sltu,
    /// `xor xori`
    Xor,
    /// `srl srli srlw srliw`
    Srl,
    /// `sra srai sraw sraiw`
    Sra,
    /// `or ori`
    Or,
    /// `and andi`
    And,
}

/// Operations of `M`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MulOp {
    /// `mul mulw`
    Mul,
    /// `mulh`
    Mulh,
    /// `mulhsu`
    Mulhsu,
    /// `mulhu`
    Mulhu,
    /// `div divw`
    Div,
    /// `divu divuw`
    Divu,
    /// `rem remw`
    Rem,
    /// `remu remuw`
    Remu,
}

/// Read-modify-write operations of `A`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AmoOp {
    /// `amoswap`
    Swap,
    /// `amoadd`
    Add,
    /// `amoxor`
    Xor,
    /// `amoand`
    And,
    /// `amoor`
    Or,
    /// `amomin`
    Min,
    /// `amomax`
    Max,
    /// `amominu`
    Minu,
    /// `amomaxu`
    Maxu,
}

/// A decoded instruction.
#[allow(missing_docs, reason = "the fields are the manual's own operand names")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Instruction {
    /// `lui`; `imm` is the value that is written, sign-extended.
    Lui { rd: Reg, imm: i32 },
    /// `auipc`; `imm` is what is added to pc.
    Auipc { rd: Reg, imm: i32 },
    /// `jal`
    Jal { rd: Reg, offset: i32 },
    /// `jalr`
    Jalr { rd: Reg, rs1: Reg, offset: i32 },
    /// `beq bne blt bge bltu bgeu`
    Branch { cond: Cond, rs1: Reg, rs2: Reg, offset: i32 },
    /// `lb lh lw ld lbu lhu lwu`
    Load { width: Width, signedness: Signedness, rd: Reg, rs1: Reg, offset: i32 },
    /// `sb sh sw sd`
    Store { width: Width, rs1: Reg, rs2: Reg, offset: i32 },
    /// `addi slti … srai`, `addiw slliw srliw sraiw`; never [`AluOp::Sub`]. Shifts hold their amount in `imm`.
    AluImm { op: AluOp, width: OpWidth, rd: Reg, rs1: Reg, imm: i32 },
    /// `add sub … and`, `addw subw sllw srlw sraw`
    Alu { op: AluOp, width: OpWidth, rd: Reg, rs1: Reg, rs2: Reg },
    /// `mul … remu`, `mulw divw divuw remw remuw`
    Mul { op: MulOp, width: OpWidth, rd: Reg, rs1: Reg, rs2: Reg },
    /// `lr.w lr.d`; [`Width::Word`] or [`Width::Double`].
    LoadReserved { width: Width, rd: Reg, rs1: Reg },
    /// `sc.w sc.d`
    StoreConditional { width: Width, rd: Reg, rs1: Reg, rs2: Reg },
    /// `amoswap.w … amomaxu.d`
    Amo { op: AmoOp, width: Width, rd: Reg, rs1: Reg, rs2: Reg },
    /// `fence`, `fence.tso`, `pause`: no effect with one hart.
    Fence,
    /// `ecall`
    Ecall,
    /// `ebreak`
    Ebreak,
}

/// How an instruction hands on control.
#[allow(missing_docs, reason = "offsets are relative to pc, in bytes")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// To the next instruction.
    Next,
    /// To `pc + offset`.
    Jump { offset: i32 },
    /// To `pc + offset` or to the next instruction.
    Branch { offset: i32 },
    /// To an address computed at run time.
    Indirect,
    /// Out of the program: system calls and breakpoints.
    System,
}

impl Instruction {
    /// How control leaves this instruction.
    pub const fn flow(self) -> Flow {
        match self {
            Instruction::Jal { offset, .. } => Flow::Jump { offset },
            Instruction::Branch { offset, .. } => Flow::Branch { offset },
            Instruction::Jalr { .. } => Flow::Indirect,
            Instruction::Ecall | Instruction::Ebreak => Flow::System,
            _ => Flow::Next,
        }
    }

    /// The register it writes, if it writes one other than `x0`. (`ecall` may write `a0`; that is not counted here.)
    pub fn destination(self) -> Option<Reg> {
        match self {
            Instruction::Lui { rd, .. }
            | Instruction::Auipc { rd, .. }
            | Instruction::Jal { rd, .. }
            | Instruction::Jalr { rd, .. }
            | Instruction::Load { rd, .. }
            | Instruction::AluImm { rd, .. }
            | Instruction::Alu { rd, .. }
            | Instruction::Mul { rd, .. }
            | Instruction::LoadReserved { rd, .. }
            | Instruction::StoreConditional { rd, .. }
            | Instruction::Amo { rd, .. } => (rd != Reg::ZERO).then_some(rd),
            Instruction::Branch { .. }
            | Instruction::Store { .. }
            | Instruction::Fence
            | Instruction::Ecall
            | Instruction::Ebreak => None,
        }
    }

    /// The registers it reads as `rs1` and `rs2`; `x0` where it has no such operand.
    pub const fn sources(self) -> (Reg, Reg) {
        match self {
            Instruction::Jalr { rs1, .. }
            | Instruction::Load { rs1, .. }
            | Instruction::AluImm { rs1, .. }
            | Instruction::LoadReserved { rs1, .. } => (rs1, Reg::ZERO),
            Instruction::Branch { rs1, rs2, .. }
            | Instruction::Store { rs1, rs2, .. }
            | Instruction::Alu { rs1, rs2, .. }
            | Instruction::Mul { rs1, rs2, .. }
            | Instruction::StoreConditional { rs1, rs2, .. }
            | Instruction::Amo { rs1, rs2, .. } => (rs1, rs2),
            Instruction::Lui { .. }
            | Instruction::Auipc { .. }
            | Instruction::Jal { .. }
            | Instruction::Fence
            | Instruction::Ecall
            | Instruction::Ebreak => (Reg::ZERO, Reg::ZERO),
        }
    }

    /// Bytes it adds to the memory read log: loads, `lr` and the old value of an AMO, loads to `x0` included.
    pub const fn logged_width(self) -> Option<Width> {
        match self {
            Instruction::Load { width, .. }
            | Instruction::LoadReserved { width, .. }
            | Instruction::Amo { width, .. } => Some(width),
            _ => None,
        }
    }
}
