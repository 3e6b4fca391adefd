//! `I`: arithmetic on two registers, or a register and an immediate.

use dynasmrt::{DynasmApi, dynasm};
use zkvm_machine::{AluOp, Instruction, OpWidth, Reg};

use super::Emitter;
use super::assembler::{RSP, asm, op_imm, op_source};
use super::value::{Shift, Value};
use super::values::Source;

impl Emitter<'_> {
    /// `rd = rs1 op imm`
    pub(super) fn alu_imm(&mut self, op: AluOp, width: OpWidth, rd: Reg, rs1: Reg, imm: i32) {
        if rd == Reg::ZERO {
            return;
        }
        if let (Some(value), AluOp::Add) = (self.constant_of(rs1), op) {
            let sum = value.wrapping_add(imm as u64);
            let sum = if width == OpWidth::W32 { sum as i32 as u64 } else { sum };
            return self.define(rd, Value::Constant(sum));
        }
        match (op, width) {
            (AluOp::Slt | AluOp::Sltu, _) => self.compare(op, rd, rs1, Source::Constant(imm)),
            (AluOp::Add, OpWidth::W64) if imm == 0 => self.copy(rd, rs1),
            (AluOp::Add, OpWidth::W64) => {
                let left = self.read(rs1);
                let dst = self.add(rd, left, Source::Constant(imm));
                self.define(rd, Value::Host(dst));
            }
            (AluOp::Add, OpWidth::W32) => {
                let left = self.read_low(rs1);
                let dst = if imm == 0 { left } else { self.add(rd, left, Source::Constant(imm)) };
                self.define(rd, Value::Low(dst));
            }
            (AluOp::Sll | AluOp::Srl | AluOp::Sra, _) => self.shift_imm(op, width, rd, rs1, imm as u8),
            (_, _) => self.bitwise(op, width, rd, rs1, Source::Constant(imm)),
        }
    }

    /// `rd = rs1`
    fn copy(&mut self, rd: Reg, rs1: Reg) {
        if rd == rs1 {
            return;
        }
        if self.value(rs1) == Value::Slot {
            self.read(rs1);
        }
        self.define(rd, self.value(rs1));
    }

    /// `dst = left + right`, of which the low half is that of the operands' low halves; returns `dst`.
    fn add(&mut self, rd: Reg, left: u8, right: Source) -> u8 {
        match right {
            _ if self.dies(left, rd) => {
                op_source!(self, add Rq(left), right);
                left
            }
            Source::Host(right) if self.dies(right, rd) => {
                asm!(self ; add Rq(right), Rq(left));
                right
            }
            Source::Host(right) if left != RSP || right != RSP => {
                let dst = self.result(rd);
                // rsp cannot be an index.
                let (base, index) = if right == RSP { (right, left) } else { (left, right) };
                asm!(self ; lea Rq(dst), [Rq(base) + Rq(index)]);
                dst
            }
            Source::Constant(imm) => {
                let dst = self.result(rd);
                match i8::try_from(imm) {
                    Ok(imm) => asm!(self ; lea Rq(dst), [BYTE Rq(left) + imm]),
                    Err(_) => asm!(self ; lea Rq(dst), [Rq(left) + imm]),
                }
                dst
            }
            _ => {
                let dst = self.result_apart(rd);
                asm!(self ; mov Rq(dst), Rq(left));
                op_source!(self, add Rq(dst), right);
                dst
            }
        }
    }

    /// The register in which `rd` becomes `left op right`, holding `left` already, and the other operand: one that dies, or a
    /// copy.
    pub(super) fn in_place(&mut self, rd: Reg, left: u8, right: Source, commutes: bool) -> (u8, Source) {
        match right {
            _ if self.dies(left, rd) => (left, right),
            Source::Host(right) if commutes && self.dies(right, rd) => (right, Source::Host(left)),
            _ => {
                let dst = self.result_apart(rd);
                asm!(self ; mov Rq(dst), Rq(left));
                (dst, right)
            }
        }
    }

    /// `rd = rs1 op right` for `and`, `or`, `xor`; of width 32 if both are low halves, and so is the result.
    fn bitwise(&mut self, op: AluOp, width: OpWidth, rd: Reg, rs1: Reg, right: Source) {
        // A mask that is not negative leaves nothing of the upper half.
        let masked = matches!((op, right), (AluOp::And, Source::Constant(0..)));
        let left = self.read_half(if masked { OpWidth::W32 } else { width }, rs1);
        if (op, right) == (AluOp::And, Source::Constant(0xff)) {
            let dst = self.result(rd);
            asm!(self ; movzx Rd(dst), Rb(left));
            return self.define(rd, Value::Host(dst));
        }
        let (dst, right) = self.in_place(rd, left, right, true);
        match (op, right) {
            (AluOp::Xor, Source::Constant(-1)) => asm!(self ; not Rq(dst)),
            // The result fits in 32 bits where the mask does: the shorter form, zero-extended.
            (AluOp::And, Source::Constant(0..)) => op_source!(self, and Rd(dst), right),
            (AluOp::And, _) => op_source!(self, and Rq(dst), right),
            (AluOp::Or, _) => op_source!(self, or Rq(dst), right),
            _ => op_source!(self, xor Rq(dst), right),
        }
        self.define_half(rd, if masked { OpWidth::W64 } else { width }, dst);
    }

    fn shift_imm(&mut self, op: AluOp, width: OpWidth, rd: Reg, rs1: Reg, amount: u8) {
        let half = width == OpWidth::W32;
        if let Value::Shift(host, Shift { left: true, half: false, amount: left }) = self.value(rs1)
            && !half
            && self.extend(op, rd, host, left, amount)
        {
            return;
        }
        let host = self.read_half(width, rs1);
        if amount == 0 {
            return self.define_half(rd, width, host);
        }
        let shift = Shift { left: op == AluOp::Sll, amount, half };
        let waits = op != AluOp::Sra && (self.is_extension_ahead(rd, shift) || self.is_rotation_ahead(rd, rs1, shift));
        if waits && self.may_hold_shift(host) {
            return self.define(rd, Value::Shift(host, shift));
        }
        let dst = if self.dies(host, rd) { host } else { self.result(rd) };
        if op != AluOp::Sra {
            let value = self.shifted(dst, host, shift);
            return self.define(rd, value);
        }
        if dst != host {
            asm!(self ; mov Rq(dst), Rq(host));
        }
        if half {
            asm!(self ; sar Rd(dst), amount as i8);
        } else {
            asm!(self ; sar Rq(dst), amount as i8);
        }
        self.define_half(rd, width, dst);
    }

    /// Whether the next instruction shifts `rd` back right: the extension of a byte, a half or a word.
    fn is_extension_ahead(&self, rd: Reg, shift: Shift) -> bool {
        let Some(&Some(Instruction::AluImm { op, width: OpWidth::W64, rs1, imm, .. })) = self.upcoming.first() else {
            return false;
        };
        let back = matches!(op, AluOp::Srl | AluOp::Sra) && rs1 == rd && !shift.half && shift.left;
        back && is_extension(op, shift.amount, imm as u8)
    }

    /// `rd = (host << left) op right`, if that is an extension.
    fn extend(&mut self, op: AluOp, rd: Reg, host: u8, left: u8, right: u8) -> bool {
        if !is_extension(op, left, right) {
            return false;
        }
        if op == AluOp::Sra && left == 32 {
            self.define(rd, Value::Low(host));
            return true;
        }
        let dst = self.result(rd);
        match (op, left) {
            (AluOp::Srl, 32) => asm!(self ; mov Rd(dst), Rd(host)),
            (AluOp::Srl, 48) => asm!(self ; movzx Rd(dst), Rw(host)),
            (AluOp::Srl, _) => asm!(self ; movzx Rd(dst), Rb(host)),
            (_, 48) => asm!(self ; movsx Rq(dst), Rw(host)),
            _ => asm!(self ; movsx Rq(dst), Rb(host)),
        }
        if right < left {
            // Of a word only, then multiplied: how arrays are indexed.
            asm!(self ; shl Rq(dst), (left - right) as i8);
        }
        self.define(rd, Value::Host(dst));
        true
    }

    /// `rd = left < right ? 1 : 0`
    fn compare(&mut self, op: AluOp, rd: Reg, rs1: Reg, right: Source) {
        let left = self.read(rs1);
        let dst = self.result(rd);
        let apart = dst != left && right != Source::Host(dst);
        if apart {
            asm!(self ; xor Rd(dst), Rd(dst));
        }
        match right {
            Source::Host(right) => asm!(self ; cmp Rq(left), Rq(right)),
            Source::Slot(at) => asm!(self ; cmp Rq(left), [BYTE rbp + at]),
            Source::Constant(value) => asm!(self ; cmp Rq(left), value),
        }
        if op == AluOp::Slt {
            asm!(self ; setl Rb(dst));
        } else {
            asm!(self ; setb Rb(dst));
        }
        if !apart {
            asm!(self ; movzx Rd(dst), Rb(dst));
        }
        self.define(rd, Value::Host(dst));
    }

    /// Whether the next instruction asks for the carry of `rd = rs1 + rs2`.
    fn wants_carry(&self, rd: Reg, rs1: Reg, rs2: Reg) -> bool {
        self.upcoming.first().copied().flatten().is_some_and(|next| is_carry(next, rd, rs1, rs2))
    }

    /// `rd = carry`, of the addition that was emitted last.
    fn write_carry(&mut self, rd: Reg) {
        let dst = self.result(rd);
        asm!(self ; setb Rb(dst) ; movzx Rd(dst), Rb(dst));
        self.define(rd, Value::Host(dst));
    }

    /// `rd = rs1 op rs2`
    pub(super) fn alu(&mut self, op: AluOp, width: OpWidth, rd: Reg, rs1: Reg, rs2: Reg) {
        if rd == Reg::ZERO {
            return;
        }
        match (op, width) {
            (AluOp::Sltu, _) if std::mem::take(&mut self.carry) => self.write_carry(rd),
            (AluOp::Slt | AluOp::Sltu, _) => {
                let right = self.source(OpWidth::W64, rs2);
                self.compare(op, rd, rs1, right);
            }
            (AluOp::Sll | AluOp::Srl | AluOp::Sra, _) => self.shift(op, width, rd, rs1, rs2),
            (AluOp::Add | AluOp::Xor | AluOp::Or, _) if self.rotate(rd, rs1, rs2, width) => {}
            (AluOp::Sub, _) => {
                let (left, right) = self.operands(width, rs1, rs2);
                let (dst, right) = self.in_place(rd, left, right, false);
                op_source!(self, sub Rq(dst), right);
                self.define_half(rd, width, dst);
            }
            (AluOp::Add, OpWidth::W64) if rs1 == Reg::ZERO => self.copy(rd, rs2),
            (AluOp::Add, OpWidth::W64) if rs2 == Reg::ZERO => self.copy(rd, rs1),
            (AluOp::Add, _) => {
                let (left, right) = self.operands(width, rs1, rs2);
                let dst = if width == OpWidth::W64 && self.wants_carry(rd, rs1, rs2) {
                    self.carry = true;
                    let (dst, right) = self.in_place(rd, left, right, true);
                    op_source!(self, add Rq(dst), right);
                    dst
                } else {
                    self.add(rd, left, right)
                };
                self.define_half(rd, width, dst);
            }
            _ => {
                let low = matches!((self.value(rs1), self.value(rs2)), (Value::Low(_), Value::Low(_)));
                let width = if low { OpWidth::W32 } else { OpWidth::W64 };
                let right = self.source(width, rs2);
                self.bitwise(op, width, rd, rs1, right);
            }
        }
    }

    /// BMI2's shifts take the amount modulo the operand's bits, as RISC-V's do, and from any register.
    fn shift(&mut self, op: AluOp, width: OpWidth, rd: Reg, rs1: Reg, rs2: Reg) {
        let amount = self.read_low(rs2);
        let value = self.read_half(width, rs1);
        let dst = self.result(rd);
        match (op, width) {
            (AluOp::Sll, OpWidth::W64) => asm!(self ; shlx Rq(dst), Rq(value), Rq(amount)),
            (AluOp::Srl, OpWidth::W64) => asm!(self ; shrx Rq(dst), Rq(value), Rq(amount)),
            (_, OpWidth::W64) => asm!(self ; sarx Rq(dst), Rq(value), Rq(amount)),
            (AluOp::Sll, OpWidth::W32) => asm!(self ; shlx Rd(dst), Rd(value), Rd(amount)),
            (AluOp::Srl, OpWidth::W32) => asm!(self ; shrx Rd(dst), Rd(value), Rd(amount)),
            (_, OpWidth::W32) => asm!(self ; sarx Rd(dst), Rd(value), Rd(amount)),
        }
        self.define_half(rd, width, dst);
    }

    /// Whether a shift of `rs1` is one half of a rotation, as far as can be seen from here.
    fn is_rotation_ahead(&self, rd: Reg, rs1: Reg, shift: Shift) -> bool {
        /// Instructions between the halves, at most.
        const FARTHEST: usize = 8;
        if let Value::Host(host) | Value::Low(host) = self.value(rs1)
            && self.holds_complement(host, shift)
        {
            return true;
        }
        let ahead = self.upcoming.iter().take(FARTHEST).map_while(|instruction| *instruction);
        let mut written = rd;
        for instruction in ahead {
            if written == rs1 {
                return false;
            }
            if let Instruction::AluImm { op: op @ (AluOp::Sll | AluOp::Srl), width, rs1: source, imm, .. } = instruction
            {
                let other = Shift { left: op == AluOp::Sll, amount: imm as u8, half: width == OpWidth::W32 };
                if source == rs1 && shift.complements(other) {
                    return true;
                }
            }
            written = instruction.destination().unwrap_or(Reg::ZERO);
        }
        false
    }

    /// `rd = rs1 | rs2`, if that is a rotation: two shifts of one register by amounts that add up to its bits, which no bit
    /// of the results can be common to.
    fn rotate(&mut self, rd: Reg, rs1: Reg, rs2: Reg, width: OpWidth) -> bool {
        let (Value::Shift(host, one), Value::Shift(other, two)) = (self.value(rs1), self.value(rs2)) else {
            return false;
        };
        let bits = if one.half { 32 } else { 64 };
        if host != other || !one.complements(two) || (width == OpWidth::W32 && !one.half) {
            return false;
        }
        let left = if one.left { one.amount } else { two.amount };
        let dst = self.result(rd);
        if one.half {
            asm!(self ; rorx Rd(dst), Rd(host), bits - left as i8);
            self.define(rd, Value::Low(dst));
        } else {
            asm!(self ; rorx Rq(dst), Rq(host), bits - left as i8);
            self.define(rd, Value::Host(dst));
        }
        true
    }
}

/// Whether a shift to the left and one back to the right are one x86 instruction, or two without a copy.
fn is_extension(op: AluOp, left: u8, right: u8) -> bool {
    match op {
        AluOp::Srl => left == right && [32, 48, 56].contains(&left) || left == 32 && (1..32).contains(&right),
        AluOp::Sra => left == right && [32, 48, 56].contains(&left),
        _ => false,
    }
}

/// Whether `instruction` is `sltu` of a sum `rd = rs1 + rs2` and one of its terms.
fn is_carry(instruction: Instruction, rd: Reg, rs1: Reg, rs2: Reg) -> bool {
    match instruction {
        Instruction::Alu { op: AluOp::Sltu, rd: carry, rs1: sum, rs2: term, .. } => {
            // To x0 nothing is emitted, which would leave the flags to a later comparison.
            carry != Reg::ZERO && sum == rd && term != rd && (term == rs1 || term == rs2)
        }
        _ => false,
    }
}
