//! [`Instruction`] → word: the inverse of the decoder, written from the manual's tables.

use zkvm_machine::{AluOp, AmoOp, Cond, Instruction, MulOp, OpWidth, Reg, Signedness, Width};

fn r(opcode: u32, funct3: u32, funct7: u32, rd: Reg, rs1: Reg, rs2: Reg) -> u32 {
    opcode
        | (rd.index() as u32) << 7
        | funct3 << 12
        | (rs1.index() as u32) << 15
        | (rs2.index() as u32) << 20
        | funct7 << 25
}

fn i(opcode: u32, funct3: u32, rd: Reg, rs1: Reg, imm: i32) -> u32 {
    opcode | (rd.index() as u32) << 7 | funct3 << 12 | (rs1.index() as u32) << 15 | (imm as u32) << 20
}

fn width_code(width: Width) -> u32 {
    width as u32
}

/// The word of `instruction`. Immediates must fit.
pub fn encode(instruction: Instruction) -> u32 {
    match instruction {
        Instruction::Lui { rd, imm } => 0x37 | (rd.index() as u32) << 7 | imm as u32,
        Instruction::Auipc { rd, imm } => 0x17 | (rd.index() as u32) << 7 | imm as u32,
        Instruction::Jal { rd, offset } => {
            let o = offset as u32;
            0x6f | (rd.index() as u32) << 7
                | (o & 0x10_0000) << 11
                | (o & 0x7fe) << 20
                | (o & 0x800) << 9
                | (o & 0xf_f000)
        }
        Instruction::Jalr { rd, rs1, offset } => i(0x67, 0, rd, rs1, offset),
        Instruction::Branch { cond, rs1, rs2, offset } => {
            let funct3 = match cond {
                Cond::Eq => 0,
                Cond::Ne => 1,
                Cond::Lt => 4,
                Cond::Ge => 5,
                Cond::Ltu => 6,
                Cond::Geu => 7,
            };
            let o = offset as u32;
            r(0x63, funct3, 0, Reg::ZERO, rs1, rs2)
                | (o & 0x1000) << 19
                | (o & 0x7e0) << 20
                | (o & 0x1e) << 7
                | (o & 0x800) >> 4
        }
        Instruction::Load { width, signedness, rd, rs1, offset } => {
            let unsigned = if signedness == Signedness::Unsigned { 4 } else { 0 };
            i(0x03, width_code(width) | unsigned, rd, rs1, offset)
        }
        Instruction::Store { width, rs1, rs2, offset } => {
            let o = offset as u32;
            r(0x23, width_code(width), 0, Reg::ZERO, rs1, rs2) | (o & 0xfe0) << 20 | (o & 0x1f) << 7
        }
        Instruction::AluImm { op, width, rd, rs1, imm } => {
            let opcode = if width == OpWidth::W64 { 0x13 } else { 0x1b };
            let imm = if op == AluOp::Sra { imm | 0x400 } else { imm };
            i(opcode, alu_code(op).0, rd, rs1, imm)
        }
        Instruction::Alu { op, width, rd, rs1, rs2 } => {
            let (funct3, funct7) = alu_code(op);
            r(if width == OpWidth::W64 { 0x33 } else { 0x3b }, funct3, funct7, rd, rs1, rs2)
        }
        Instruction::Mul { op, width, rd, rs1, rs2 } => {
            let funct3 = match op {
                MulOp::Mul => 0,
                MulOp::Mulh => 1,
                MulOp::Mulhsu => 2,
                MulOp::Mulhu => 3,
                MulOp::Div => 4,
                MulOp::Divu => 5,
                MulOp::Rem => 6,
                MulOp::Remu => 7,
            };
            r(if width == OpWidth::W64 { 0x33 } else { 0x3b }, funct3, 1, rd, rs1, rs2)
        }
        Instruction::LoadReserved { width, rd, rs1 } => r(0x2f, width_code(width), 0x08, rd, rs1, Reg::ZERO),
        Instruction::StoreConditional { width, rd, rs1, rs2 } => r(0x2f, width_code(width), 0x0c, rd, rs1, rs2),
        Instruction::Amo { op, width, rd, rs1, rs2 } => {
            let funct5 = match op {
                AmoOp::Add => 0x00,
                AmoOp::Swap => 0x01,
                AmoOp::Xor => 0x04,
                AmoOp::Or => 0x08,
                AmoOp::And => 0x0c,
                AmoOp::Min => 0x10,
                AmoOp::Max => 0x14,
                AmoOp::Minu => 0x18,
                AmoOp::Maxu => 0x1c,
            };
            r(0x2f, width_code(width), funct5 << 2, rd, rs1, rs2)
        }
        Instruction::Fence => 0x0ff0_000f,
        Instruction::Ecall => 0x0000_0073,
        Instruction::Ebreak => 0x0010_0073,
    }
}

fn alu_code(op: AluOp) -> (u32, u32) {
    match op {
        AluOp::Add => (0, 0),
        AluOp::Sub => (0, 0x20),
        AluOp::Sll => (1, 0),
        AluOp::Slt => (2, 0),
        AluOp::Sltu => (3, 0),
        AluOp::Xor => (4, 0),
        AluOp::Srl => (5, 0),
        AluOp::Sra => (5, 0x20),
        AluOp::Or => (6, 0),
        AluOp::And => (7, 0),
    }
}
