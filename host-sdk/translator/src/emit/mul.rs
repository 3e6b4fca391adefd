//! `M`: multiplication and division.

use dynasmrt::{DynasmApi, DynasmLabelApi, dynasm};
use zkvm_machine::{Instruction, MulOp, OpWidth, Reg};

use super::Emitter;
use super::assembler::{RAX, RDX, asm};
use super::control::{Cold, Division};
use super::value::Value;
use super::values::Source;

impl Emitter<'_> {
    /// `rd = rs1 op rs2`
    pub(super) fn mul(&mut self, op: MulOp, width: OpWidth, rd: Reg, rs1: Reg, rs2: Reg) {
        if rd == Reg::ZERO {
            return;
        }
        match op {
            MulOp::Mul => self.low_product(width, rd, rs1, rs2),
            MulOp::Mulhu => {
                let high = self.unsigned_high(rd, rs1, rs2);
                self.define(rd, Value::Host(high));
            }
            MulOp::Mulh => {
                self.claim(RAX);
                self.claim(RDX);
                let right = self.read(rs2);
                self.read_into(RAX, rs1);
                asm!(self ; imul Rq(right));
                self.define(rd, Value::Host(RDX));
            }
            MulOp::Mulhsu => {
                // As signed, rs1 is 2^64 less than as unsigned if it is negative: then the high half is rs2 less.
                self.claim(RDX);
                let (left, right) = (self.read(rs1), self.read(rs2));
                let high = self.unsigned_high(rd, rs1, rs2);
                let less = self.temp();
                asm!(self ; mov Rq(less), Rq(left) ; sar Rq(less), 63 ; and Rq(less), Rq(right) ; sub Rq(high), Rq(less));
                self.define(rd, Value::Host(high));
            }
            MulOp::Div | MulOp::Divu | MulOp::Rem | MulOp::Remu => self.divide(op, width, rd, rs1, rs2),
        }
    }

    fn low_product(&mut self, width: OpWidth, rd: Reg, rs1: Reg, rs2: Reg) {
        let (left, right) = self.operands(width, rs1, rs2);
        let dst = match right {
            Source::Constant(factor) => {
                let dst = self.result(rd);
                asm!(self ; imul Rq(dst), Rq(left), factor);
                dst
            }
            _ => {
                let (dst, right) = self.in_place(rd, left, right, true);
                match right {
                    Source::Slot(at) => asm!(self ; imul Rq(dst), [BYTE rbp + at]),
                    Source::Host(right) => asm!(self ; imul Rq(dst), Rq(right)),
                    Source::Constant(_) => unreachable!("handled above"),
                }
                dst
            }
        };
        self.define_half(rd, width, dst);
    }

    /// The high half of `rs1 * rs2`, both unsigned, in a register of its own.
    fn unsigned_high(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> u8 {
        self.claim(RDX);
        let right = self.read(rs2);
        self.read_into(RDX, rs1);
        let high = self.result_apart(rd);
        asm!(self ; mulx Rq(high), Rq(high), Rq(right));
        high
    }

    /// Whether two instructions, one after the other, are `mulhu` and `mul` of the same operands, in either order.
    pub(super) fn is_full_product(&self, first: Instruction, second: Instruction) -> bool {
        let (
            Instruction::Mul { width, rd, rs1, rs2, .. },
            Instruction::Mul { rs1: other1, rs2: other2, rd: other, .. },
        ) = (first, second)
        else {
            return false;
        };
        let same = (rs1, rs2) == (other1, other2) || (rs1, rs2) == (other2, other1);
        let apart = ![rs1, rs2, other, Reg::ZERO].contains(&rd) && other != Reg::ZERO;
        same && apart && width == OpWidth::W64 && halves(first, second).is_some()
    }

    /// Both in one multiplication.
    pub(super) fn full_product(&mut self, first: Instruction, second: Instruction) {
        let (high, low) = halves(first, second).expect("`is_full_product`");
        let (a, b) = first.sources();
        self.claim(RDX);
        let right = self.read(b);
        self.read_into(RDX, a);
        let (high_dst, low_dst) = (self.result_apart(high), self.result_apart(low));
        asm!(self ; mulx Rq(high_dst), Rq(low_dst), Rq(right));
        self.define(high, Value::Host(high_dst));
        self.define(low, Value::Host(low_dst));
    }

    /// x86 faults on a divisor of 0 and on `MIN / -1`; both leave the straight path for [`Cold::Divide`].
    fn divide(&mut self, op: MulOp, width: OpWidth, rd: Reg, rs1: Reg, rs2: Reg) {
        let signed = matches!(op, MulOp::Div | MulOp::Rem);
        let remainder = matches!(op, MulOp::Rem | MulOp::Remu);
        let (zero, minus_one, done) = (self.ops.new_label(), self.ops.new_label(), self.ops.new_label());
        self.claim(RAX);
        self.claim(RDX);
        let divisor = self.read(rs2);
        self.read_into(RAX, rs1);
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
        self.define_half(rd, width, if remainder { RDX } else { RAX });
        let minus_one = signed.then_some(minus_one);
        self.cold.push(Cold::Divide(Division { zero, minus_one, done }));
    }
}

/// Where the high and the low half of a product go.
fn halves(first: Instruction, second: Instruction) -> Option<(Reg, Reg)> {
    let (Instruction::Mul { op: one, rd: rd1, .. }, Instruction::Mul { op: two, width, rd: rd2, .. }) = (first, second)
    else {
        return None;
    };
    match (one, two, width) {
        (MulOp::Mulhu, MulOp::Mul, OpWidth::W64) => Some((rd1, rd2)),
        (MulOp::Mul, MulOp::Mulhu, OpWidth::W64) => Some((rd2, rd1)),
        _ => None,
    }
}
