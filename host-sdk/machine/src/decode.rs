//! Word → [`Instruction`] (RISC-V Unprivileged ISA 20240411, chapter 35, "RV32/64G Instruction Set Listings").

use crate::instruction::{AluOp, AmoOp, Cond, Instruction, MulOp, OpWidth, Reg, Signedness, Width};

/// The instruction `word` encodes, or `None` if RV64IMA has none.
pub fn decode(word: u32) -> Option<Instruction> {
    let (rd, rs1, rs2) = (Reg::new(word >> 7), Reg::new(word >> 15), Reg::new(word >> 20));
    let funct3 = (word >> 12) & 7;
    let i_imm = word as i32 >> 20;
    Some(match word & 0x7f {
        0x37 => Instruction::Lui { rd, imm: (word & 0xffff_f000) as i32 },
        0x17 => Instruction::Auipc { rd, imm: (word & 0xffff_f000) as i32 },
        0x6f => Instruction::Jal { rd, offset: j_imm(word) },
        0x67 if funct3 == 0 => Instruction::Jalr { rd, rs1, offset: i_imm },
        0x63 => Instruction::Branch { cond: cond(funct3)?, rs1, rs2, offset: b_imm(word) },
        0x03 => {
            let signedness = if funct3 < 4 { Signedness::Signed } else { Signedness::Unsigned };
            // funct3 = 7 would be `ldu`, which does not exist.
            let width = if funct3 == 7 { return None } else { width(funct3 & 3) };
            Instruction::Load { width, signedness, rd, rs1, offset: i_imm }
        }
        0x23 if funct3 < 4 => Instruction::Store { width: width(funct3), rs1, rs2, offset: s_imm(word) },
        0x13 => alu_imm(word, OpWidth::W64)?,
        0x1b => alu_imm(word, OpWidth::W32)?,
        0x33 => register_op(word, OpWidth::W64)?,
        0x3b => register_op(word, OpWidth::W32)?,
        0x2f => atomic(word)?,
        // The other fields of FENCE are hints or reserved and to be ignored (§2.7).
        0x0f if funct3 == 0 => Instruction::Fence,
        0x73 if word == 0x0000_0073 => Instruction::Ecall,
        0x73 if word == 0x0010_0073 => Instruction::Ebreak,
        _ => return None,
    })
}

fn j_imm(word: u32) -> i32 {
    let sign = (word as i32 >> 31) << 20;
    sign | (word & 0x000f_f000) as i32 | ((word >> 9) & 0x800) as i32 | ((word >> 20) & 0x7fe) as i32
}

fn b_imm(word: u32) -> i32 {
    let sign = (word as i32 >> 31) << 12;
    sign | ((word << 4) & 0x800) as i32 | ((word >> 20) & 0x7e0) as i32 | ((word >> 7) & 0x1e) as i32
}

fn s_imm(word: u32) -> i32 {
    (word as i32 >> 25 << 5) | ((word >> 7) & 0x1f) as i32
}

fn cond(funct3: u32) -> Option<Cond> {
    Some(match funct3 {
        0 => Cond::Eq,
        1 => Cond::Ne,
        4 => Cond::Lt,
        5 => Cond::Ge,
        6 => Cond::Ltu,
        7 => Cond::Geu,
        _ => return None,
    })
}

fn width(log2: u32) -> Width {
    Width::ALL[log2 as usize]
}

fn alu_imm(word: u32, width: OpWidth) -> Option<Instruction> {
    let (rd, rs1) = (Reg::new(word >> 7), Reg::new(word >> 15));
    // A shift amount has 6 bits, or 5 in the 32-bit forms; the bits above it select the operation.
    let amount_bits = if width == OpWidth::W64 { 6 } else { 5 };
    let (upper, amount) = (word >> (20 + amount_bits), (word >> 20) & ((1 << amount_bits) - 1));
    let arithmetic = 0x400 >> amount_bits;
    let i_imm = word as i32 >> 20;
    let (op, imm) = match ((word >> 12) & 7, width) {
        (0, _) => (AluOp::Add, i_imm),
        (1, _) if upper == 0 => (AluOp::Sll, amount as i32),
        (5, _) if upper == 0 => (AluOp::Srl, amount as i32),
        (5, _) if upper == arithmetic => (AluOp::Sra, amount as i32),
        (2, OpWidth::W64) => (AluOp::Slt, i_imm),
        (3, OpWidth::W64) => (AluOp::Sltu, i_imm),
        (4, OpWidth::W64) => (AluOp::Xor, i_imm),
        (6, OpWidth::W64) => (AluOp::Or, i_imm),
        (7, OpWidth::W64) => (AluOp::And, i_imm),
        _ => return None,
    };
    Some(Instruction::AluImm { op, width, rd, rs1, imm })
}

fn register_op(word: u32, width: OpWidth) -> Option<Instruction> {
    let (rd, rs1, rs2) = (Reg::new(word >> 7), Reg::new(word >> 15), Reg::new(word >> 20));
    let w64 = width == OpWidth::W64;
    let op = match (word >> 25, (word >> 12) & 7) {
        (0x00, 0) => AluOp::Add,
        (0x20, 0) => AluOp::Sub,
        (0x00, 1) => AluOp::Sll,
        (0x00, 2) if w64 => AluOp::Slt,
        (0x00, 3) if w64 => AluOp::Sltu,
        (0x00, 4) if w64 => AluOp::Xor,
        (0x00, 5) => AluOp::Srl,
        (0x20, 5) => AluOp::Sra,
        (0x00, 6) if w64 => AluOp::Or,
        (0x00, 7) if w64 => AluOp::And,
        (0x01, funct3) => {
            let op = [
                MulOp::Mul,
                MulOp::Mulh,
                MulOp::Mulhsu,
                MulOp::Mulhu,
                MulOp::Div,
                MulOp::Divu,
                MulOp::Rem,
                MulOp::Remu,
            ][funct3 as usize];
            let high_half = matches!(op, MulOp::Mulh | MulOp::Mulhsu | MulOp::Mulhu);
            return (w64 || !high_half).then_some(Instruction::Mul { op, width, rd, rs1, rs2 });
        }
        _ => return None,
    };
    Some(Instruction::Alu { op, width, rd, rs1, rs2 })
}

fn atomic(word: u32) -> Option<Instruction> {
    let (rd, rs1, rs2) = (Reg::new(word >> 7), Reg::new(word >> 15), Reg::new(word >> 20));
    let width = match (word >> 12) & 7 {
        2 => Width::Word,
        3 => Width::Double,
        _ => return None,
    };
    // Bits 26 and 25 (aq, rl) order accesses between harts; with one hart they mean nothing.
    let op = match word >> 27 {
        0x02 if rs2 == Reg::ZERO => return Some(Instruction::LoadReserved { width, rd, rs1 }),
        0x03 => return Some(Instruction::StoreConditional { width, rd, rs1, rs2 }),
        0x00 => AmoOp::Add,
        0x01 => AmoOp::Swap,
        0x04 => AmoOp::Xor,
        0x08 => AmoOp::Or,
        0x0c => AmoOp::And,
        0x10 => AmoOp::Min,
        0x14 => AmoOp::Max,
        0x18 => AmoOp::Minu,
        0x1c => AmoOp::Maxu,
        _ => return None,
    };
    Some(Instruction::Amo { op, width, rd, rs1, rs2 })
}
