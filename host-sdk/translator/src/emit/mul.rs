//! `M`: multiplication and division.

use dynasmrt::{DynasmApi, DynasmLabelApi, dynasm};
use zkvm_machine::{MulOp, OpWidth, Reg};

use super::Emitter;
use super::assembler::{RAX, RDX, asm, op_place};
use super::control::{Cold, Division};
use crate::registers::Place;

impl Emitter<'_> {
    /// `rd = rs1 op rs2`
    pub(super) fn mul(&mut self, op: MulOp, width: OpWidth, rd: Reg, rs1: Reg, rs2: Reg) {
        if rd == Reg::ZERO {
            return;
        }
        match op {
            MulOp::Mul => {
                let dst = self.target(rd, RAX);
                let (first, second) = if self.place(rs2) == Place::Gpr(dst) { (rs2, rs1) } else { (rs1, rs2) };
                self.copy(dst, first);
                match self.place(second) {
                    Place::Gpr(src) => asm!(self ; imul Rq(dst), Rq(src)),
                    Place::Slot(at) => asm!(self ; imul Rq(dst), [BYTE rbp + at]),
                    Place::Zero => asm!(self ; xor Rd(dst), Rd(dst)),
                }
                self.finish_width(rd, dst, width);
            }
            MulOp::Mulhu => {
                self.unsigned_high(rs1, rs2);
                self.write(rd, RDX);
            }
            MulOp::Mulh => {
                let right = self.in_register(rs2, RDX);
                self.copy(RAX, rs1);
                asm!(self ; imul Rq(right));
                self.write(rd, RDX);
            }
            MulOp::Mulhsu => {
                // As signed, rs1 is 2^64 less than as unsigned if it is negative: then the high half is rs2 less.
                self.unsigned_high(rs1, rs2);
                self.copy(RAX, rs1);
                asm!(self ; sar rax, 63);
                op_place!(self, and Rq(RAX), self.place(rs2));
                asm!(self ; sub rdx, rax);
                self.write(rd, RDX);
            }
            MulOp::Div | MulOp::Divu | MulOp::Rem | MulOp::Remu => self.divide(op, width, rd, rs1, rs2),
        }
    }

    /// `rdx = high half of rs1 * rs2`, both unsigned.
    fn unsigned_high(&mut self, rs1: Reg, rs2: Reg) {
        let right = self.in_register(rs2, RAX);
        self.copy(RDX, rs1);
        asm!(self ; mulx rdx, rax, Rq(right));
    }

    /// x86 faults on a divisor of 0 and on `MIN / -1`; both leave the straight path for [`Cold::Divide`].
    fn divide(&mut self, op: MulOp, width: OpWidth, rd: Reg, rs1: Reg, rs2: Reg) {
        let signed = matches!(op, MulOp::Div | MulOp::Rem);
        let remainder = matches!(op, MulOp::Rem | MulOp::Remu);
        let (zero, minus_one, done) = (self.ops.new_label(), self.ops.new_label(), self.ops.new_label());
        self.copy(RAX, rs1);
        let divisor = match self.place(rs2) {
            Place::Zero => {
                // Always the cold path.
                asm!(self ; jmp =>zero);
                RDX
            }
            Place::Gpr(home) => home,
            Place::Slot(at) => {
                // The divisor needs a register that division leaves alone: the log pointer's, for the moment.
                asm!(self ; mov [rbp + crate::layout::field!(log)], r15 ; mov r15, [BYTE rbp + at]);
                15
            }
        };
        match width {
            OpWidth::W64 => asm!(self ; test Rq(divisor), Rq(divisor) ; jz =>zero),
            OpWidth::W32 => asm!(self ; test Rd(divisor), Rd(divisor) ; jz =>zero),
        }
        match (width, signed) {
            (OpWidth::W64, true) => asm!(self ; cmp Rq(divisor), BYTE -1 ; je =>minus_one ; cqo ; idiv Rq(divisor)),
            (OpWidth::W64, false) => asm!(self ; xor edx, edx ; div Rq(divisor)),
            (OpWidth::W32, true) => asm!(self ; cmp Rd(divisor), BYTE -1 ; je =>minus_one ; cdq ; idiv Rd(divisor)),
            (OpWidth::W32, false) => asm!(self ; xor edx, edx ; div Rd(divisor)),
        }
        self.ops.bind(done);
        if divisor == 15 {
            asm!(self ; mov r15, [rbp + crate::layout::field!(log)]);
        }
        self.finish_width(rd, if remainder { RDX } else { RAX }, width);
        let minus_one = signed.then_some(minus_one);
        self.cold.push(Cold::Divide(Division { zero, minus_one, done }));
    }
}
