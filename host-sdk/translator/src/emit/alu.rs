//! `I`: arithmetic on two registers, or a register and an immediate.

use dynasmrt::{DynasmApi, dynasm};
use zkvm_machine::{AluOp, OpWidth, Reg};

use super::Emitter;
use super::assembler::{RAX, RDX, asm, op_place};
use crate::registers::Place;

/// `op dst, imm` in the shortest form.
macro_rules! op_imm {
    ($self:ident, $op:ident $size:ident($dst:expr), $imm:expr) => {{
        let (dst, imm): (u8, i32) = ($dst, $imm);
        if let Ok(imm) = i8::try_from(imm) {
            dynasm!($self.ops.ops ; .arch x64 ; $op $size(dst), BYTE imm)
        } else {
            dynasm!($self.ops.ops ; .arch x64 ; $op $size(dst), imm)
        }
    }};
}

impl Emitter<'_> {
    /// `rd = rs1 op imm`
    pub(super) fn alu_imm(&mut self, op: AluOp, width: OpWidth, rd: Reg, rs1: Reg, imm: i32) {
        if rd == Reg::ZERO {
            return;
        }
        if rs1 == Reg::ZERO && op == AluOp::Add {
            return self.write_constant(rd, imm as u64);
        }
        let dst = self.target(rd, RAX);
        match (op, width) {
            (AluOp::Slt | AluOp::Sltu, _) => return self.compare_imm(op, rd, rs1, imm),
            (AluOp::Add, OpWidth::W64) => self.add_imm(dst, rs1, imm),
            (AluOp::Add, OpWidth::W32) => self.addw_imm(dst, rs1, imm),
            (_, OpWidth::W64) => {
                self.copy(dst, rs1);
                match op {
                    AluOp::Xor if imm == -1 => asm!(self ; not Rq(dst)),
                    AluOp::Xor => op_imm!(self, xor Rq(dst), imm),
                    AluOp::Or => op_imm!(self, or Rq(dst), imm),
                    // The result fits in 32 bits where the mask does: the shorter form, zero-extended.
                    AluOp::And if imm >= 0 => op_imm!(self, and Rd(dst), imm),
                    AluOp::And => op_imm!(self, and Rq(dst), imm),
                    AluOp::Sll => asm!(self ; shl Rq(dst), imm as i8),
                    AluOp::Srl => asm!(self ; shr Rq(dst), imm as i8),
                    AluOp::Sra => asm!(self ; sar Rq(dst), imm as i8),
                    AluOp::Add | AluOp::Sub | AluOp::Slt | AluOp::Sltu => {
                        unreachable!("handled above, or no immediate")
                    }
                }
            }
            (_, OpWidth::W32) => {
                self.copy(dst, rs1);
                match op {
                    AluOp::Sll => asm!(self ; shl Rd(dst), imm as i8),
                    AluOp::Srl => asm!(self ; shr Rd(dst), imm as i8),
                    _ => asm!(self ; sar Rd(dst), imm as i8),
                }
                asm!(self ; movsxd Rq(dst), Rd(dst));
            }
        }
        self.write(rd, dst);
    }

    fn add_imm(&mut self, dst: u8, rs1: Reg, imm: i32) {
        match self.place(rs1) {
            _ if imm == 0 => self.copy(dst, rs1),
            Place::Gpr(src) if src != dst => match i8::try_from(imm) {
                Ok(imm) => asm!(self ; lea Rq(dst), [BYTE Rq(src) + imm]),
                Err(_) => asm!(self ; lea Rq(dst), [Rq(src) + imm]),
            },
            _ => {
                self.copy(dst, rs1);
                op_imm!(self, add Rq(dst), imm);
            }
        }
    }

    fn addw_imm(&mut self, dst: u8, rs1: Reg, imm: i32) {
        match self.place(rs1) {
            Place::Gpr(src) if imm == 0 => asm!(self ; movsxd Rq(dst), Rd(src)),
            Place::Slot(at) if imm == 0 => asm!(self ; movsxd Rq(dst), DWORD [BYTE rbp + at]),
            _ => {
                self.add_imm(dst, rs1, imm);
                asm!(self ; movsxd Rq(dst), Rd(dst));
            }
        }
    }

    fn compare_imm(&mut self, op: AluOp, rd: Reg, rs1: Reg, imm: i32) {
        match self.place(rs1) {
            Place::Gpr(src) => asm!(self ; cmp Rq(src), imm),
            Place::Slot(at) => asm!(self ; cmp QWORD [BYTE rbp + at], imm),
            Place::Zero => {
                asm!(self ; xor eax, eax ; cmp rax, imm);
            }
        }
        self.write_flag(rd, op == AluOp::Slt);
    }

    /// `rd = less ? 1 : 0` from the flags of a comparison.
    fn write_flag(&mut self, rd: Reg, signed: bool) {
        if signed {
            asm!(self ; setl al);
        } else {
            asm!(self ; setb al);
        }
        let dst = self.target(rd, RAX);
        asm!(self ; movzx Rd(dst), al);
        self.write(rd, dst);
    }

    /// `rd = rs1 op rs2`
    pub(super) fn alu(&mut self, op: AluOp, width: OpWidth, rd: Reg, rs1: Reg, rs2: Reg) {
        if rd == Reg::ZERO {
            return;
        }
        match op {
            AluOp::Slt | AluOp::Sltu => self.compare(op, rd, rs1, rs2),
            AluOp::Sll | AluOp::Srl | AluOp::Sra => self.shift(op, width, rd, rs1, rs2),
            AluOp::Sub => {
                // Not commutative: rd's home may hold the subtrahend.
                let home = self.target(rd, RAX);
                let dst = if rs1 != rs2 && self.place(rs2) == Place::Gpr(home) { RAX } else { home };
                self.copy(dst, rs1);
                op_place!(self, sub Rq(dst), self.place(rs2));
                self.finish_width(rd, dst, width);
            }
            AluOp::Add | AluOp::Xor | AluOp::Or | AluOp::And => {
                let dst = self.target(rd, RAX);
                let (first, second) = if self.place(rs2) == Place::Gpr(dst) { (rs2, rs1) } else { (rs1, rs2) };
                self.commutative(op, dst, first, second);
                self.finish_width(rd, dst, width);
            }
        }
    }

    fn commutative(&mut self, op: AluOp, dst: u8, first: Reg, second: Reg) {
        const RSP: u8 = 4;
        if let (AluOp::Add, Place::Gpr(a), Place::Gpr(b)) = (op, self.place(first), self.place(second))
            && a != dst
            && b != RSP
        {
            // rsp cannot be an index.
            return asm!(self ; lea Rq(dst), [Rq(a) + Rq(b)]);
        }
        self.copy(dst, first);
        let second = self.place(second);
        match op {
            AluOp::Add => op_place!(self, add Rq(dst), second),
            AluOp::Xor => op_place!(self, xor Rq(dst), second),
            AluOp::Or => op_place!(self, or Rq(dst), second),
            _ => op_place!(self, and Rq(dst), second),
        }
    }

    /// `rd = dst`, sign-extended from 32 bits if `width` says so.
    pub(super) fn finish_width(&mut self, rd: Reg, dst: u8, width: OpWidth) {
        if width == OpWidth::W32 {
            asm!(self ; movsxd Rq(dst), Rd(dst));
        }
        self.write(rd, dst);
    }

    fn compare(&mut self, op: AluOp, rd: Reg, rs1: Reg, rs2: Reg) {
        let left = self.in_register(rs1, RAX);
        op_place!(self, cmp Rq(left), self.place(rs2));
        self.write_flag(rd, op == AluOp::Slt);
    }

    /// BMI2's shifts take the amount modulo the operand's bits, as RISC-V's do, and from any register.
    fn shift(&mut self, op: AluOp, width: OpWidth, rd: Reg, rs1: Reg, rs2: Reg) {
        let amount = self.in_register(rs2, RDX);
        let value = self.in_register(rs1, RAX);
        let dst = self.target(rd, RAX);
        match (op, width) {
            (AluOp::Sll, OpWidth::W64) => asm!(self ; shlx Rq(dst), Rq(value), Rq(amount)),
            (AluOp::Srl, OpWidth::W64) => asm!(self ; shrx Rq(dst), Rq(value), Rq(amount)),
            (_, OpWidth::W64) => asm!(self ; sarx Rq(dst), Rq(value), Rq(amount)),
            (AluOp::Sll, OpWidth::W32) => asm!(self ; shlx Rd(dst), Rd(value), Rd(amount)),
            (AluOp::Srl, OpWidth::W32) => asm!(self ; shrx Rd(dst), Rd(value), Rd(amount)),
            (_, OpWidth::W32) => asm!(self ; sarx Rd(dst), Rd(value), Rd(amount)),
        }
        self.finish_width(rd, dst, width);
    }
}
