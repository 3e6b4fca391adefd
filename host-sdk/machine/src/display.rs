//! Assembly text, in the manual's syntax.

use std::fmt::{Display, Formatter, Result};

use crate::instruction::{AluOp, AmoOp, Cond, Instruction, MulOp, OpWidth, Reg, Signedness, Width};

const ABI_NAMES: [&str; 32] = [
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2",
    "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
];

impl Display for Reg {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(ABI_NAMES[self.index()])
    }
}

impl Display for Instruction {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let mnemonic = self.mnemonic();
        match *self {
            Instruction::Lui { rd, imm } | Instruction::Auipc { rd, imm } => {
                write!(f, "{mnemonic} {rd}, {:#x}", imm as u32 >> 12)
            }
            Instruction::Jal { rd, offset } => write!(f, "{mnemonic} {rd}, {offset}"),
            Instruction::Jalr { rd, rs1, offset } | Instruction::Load { rd, rs1, offset, .. } => {
                write!(f, "{mnemonic} {rd}, {offset}({rs1})")
            }
            Instruction::Branch { rs1, rs2, offset, .. } => write!(f, "{mnemonic} {rs1}, {rs2}, {offset}"),
            Instruction::Store { rs1, rs2, offset, .. } => write!(f, "{mnemonic} {rs2}, {offset}({rs1})"),
            Instruction::AluImm { rd, rs1, imm, .. } => write!(f, "{mnemonic} {rd}, {rs1}, {imm}"),
            Instruction::Alu { rd, rs1, rs2, .. } | Instruction::Mul { rd, rs1, rs2, .. } => {
                write!(f, "{mnemonic} {rd}, {rs1}, {rs2}")
            }
            Instruction::LoadReserved { rd, rs1, .. } => write!(f, "{mnemonic} {rd}, ({rs1})"),
            Instruction::StoreConditional { rd, rs1, rs2, .. } | Instruction::Amo { rd, rs1, rs2, .. } => {
                write!(f, "{mnemonic} {rd}, {rs2}, ({rs1})")
            }
            Instruction::Fence | Instruction::Ecall | Instruction::Ebreak => f.write_str(&mnemonic),
        }
    }
}

impl Instruction {
    /// Its name in assembly, such as `addiw`.
    pub fn mnemonic(&self) -> String {
        let suffix = |width: OpWidth| if width == OpWidth::W32 { "w" } else { "" };
        let atomic_suffix = |width: Width| if width == Width::Word { ".w" } else { ".d" };
        match *self {
            Instruction::Lui { .. } => "lui".into(),
            Instruction::Auipc { .. } => "auipc".into(),
            Instruction::Jal { .. } => "jal".into(),
            Instruction::Jalr { .. } => "jalr".into(),
            Instruction::Branch { cond, .. } => match cond {
                Cond::Eq => "beq",
                Cond::Ne => "bne",
                Cond::Lt => "blt",
                Cond::Ge => "bge",
                Cond::Ltu => "bltu",
                Cond::Geu => "bgeu",
            }
            .into(),
            Instruction::Load { width, signedness, .. } => {
                let unsigned = if signedness == Signedness::Unsigned { "u" } else { "" };
                format!("l{}{unsigned}", width_letter(width))
            }
            Instruction::Store { width, .. } => format!("s{}", width_letter(width)),
            Instruction::AluImm { op: AluOp::Sltu, .. } => "sltiu".into(),
            Instruction::AluImm { op, width, .. } => format!("{}i{}", alu_name(op), suffix(width)),
            Instruction::Alu { op, width, .. } => format!("{}{}", alu_name(op), suffix(width)),
            Instruction::Mul { op, width, .. } => mul_name(op, width),
            Instruction::LoadReserved { width, .. } => format!("lr{}", atomic_suffix(width)),
            Instruction::StoreConditional { width, .. } => format!("sc{}", atomic_suffix(width)),
            Instruction::Amo { op, width, .. } => format!("amo{}{}", amo_name(op), atomic_suffix(width)),
            Instruction::Fence => "fence".into(),
            Instruction::Ecall => "ecall".into(),
            Instruction::Ebreak => "ebreak".into(),
        }
    }
}

fn width_letter(width: Width) -> char {
    match width {
        Width::Byte => 'b',
        Width::Half => 'h',
        Width::Word => 'w',
        Width::Double => 'd',
    }
}

fn alu_name(op: AluOp) -> &'static str {
    match op {
        AluOp::Add => "add",
        AluOp::Sub => "sub",
        AluOp::Sll => "sll",
        AluOp::Slt => "slt",
        AluOp::Sltu => "sltu",
        AluOp::Xor => "xor",
        AluOp::Srl => "srl",
        AluOp::Sra => "sra",
        AluOp::Or => "or",
        AluOp::And => "and",
    }
}

fn mul_name(op: MulOp, width: OpWidth) -> String {
    let name = match op {
        MulOp::Mul => "mul",
        MulOp::Mulh => "mulh",
        MulOp::Mulhsu => "mulhsu",
        MulOp::Mulhu => "mulhu",
        MulOp::Div => "div",
        MulOp::Divu => "divu",
        MulOp::Rem => "rem",
        MulOp::Remu => "remu",
    };
    if width == OpWidth::W32 { format!("{name}w") } else { name.into() }
}

fn amo_name(op: AmoOp) -> &'static str {
    match op {
        AmoOp::Swap => "swap",
        AmoOp::Add => "add",
        AmoOp::Xor => "xor",
        AmoOp::And => "and",
        AmoOp::Or => "or",
        AmoOp::Min => "min",
        AmoOp::Max => "max",
        AmoOp::Minu => "minu",
        AmoOp::Maxu => "maxu",
    }
}
