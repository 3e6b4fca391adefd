//! `A`: reservations and read-modify-writes. With one hart they need no locks.

use dynasmrt::{DynasmApi, DynasmLabelApi, dynasm};
use zkvm_machine::{AmoOp, Reg, Width};

use super::Emitter;
use super::assembler::asm;
use super::memory::Base;
use super::value::Value;
use crate::layout::field;

impl Emitter<'_> {
    /// `rd = memory[rs1]`, and the reservation
    pub(super) fn load_reserved(&mut self, pc: u64, width: Width, rd: Reg, rs1: Reg) {
        let (base, dst, scratch) = (self.base(rs1), self.temp(), self.temp());
        self.check_aligned(pc, width, base, scratch);
        self.load_old(width, dst, base.host);
        self.log(width, dst);
        asm!(self
            ; mov Rd(scratch), Rd(base.host)
            ; mov [rbp + field!(reservation_address)], Rq(scratch)
            ; mov QWORD [rbp + field!(reservation_bytes)], width.bytes() as i32
        );
        self.define(rd, Value::Host(dst));
    }

    /// `if reserved { memory[rs1] = rs2; rd = 0 } else { rd = 1 }`, and no reservation any more
    pub(super) fn store_conditional(&mut self, pc: u64, width: Width, rd: Reg, rs1: Reg, rs2: Reg) {
        let (base, src) = (self.base(rs1), self.read(rs2));
        let (failed, scratch) = (self.temp(), self.temp());
        let (fail, done) = (self.ops.new_label(), self.ops.new_label());
        self.check_aligned(pc, width, base, scratch);
        // A base outside the window has stopped or will fault; the lower half decides.
        asm!(self
            ; mov Rd(scratch), Rd(base.host)
            ; cmp [rbp + field!(reservation_address)], Rq(scratch)
            ; jne =>fail
            ; cmp DWORD [rbp + field!(reservation_bytes)], width.bytes() as i32
            ; jne =>fail
        );
        self.store_new(width, base.host, src);
        asm!(self ; xor Rd(failed), Rd(failed) ; jmp =>done ; =>fail ; mov Rd(failed), 1 ; =>done);
        asm!(self ; mov QWORD [rbp + field!(reservation_bytes)], 0);
        self.define(rd, Value::Host(failed));
    }

    /// `rd = memory[rs1]; memory[rs1] = rd op rs2`
    pub(super) fn amo(&mut self, pc: u64, op: AmoOp, width: Width, rd: Reg, rs1: Reg, rs2: Reg) {
        let (base, operand) = (self.base(rs1), self.read(rs2));
        let (old, new) = (self.temp(), self.temp());
        self.check_aligned(pc, width, base, old);
        // Faults if the memory cannot be written, before anything is logged.
        asm!(self ; gs or BYTE [Rd(base.host)], BYTE 0);
        self.load_old(width, old, base.host);
        self.log(width, old);
        match op {
            AmoOp::Swap => asm!(self ; mov Rq(new), Rq(operand)),
            AmoOp::Add => asm!(self ; mov Rq(new), Rq(old) ; add Rq(new), Rq(operand)),
            AmoOp::Xor => asm!(self ; mov Rq(new), Rq(old) ; xor Rq(new), Rq(operand)),
            AmoOp::And => asm!(self ; mov Rq(new), Rq(old) ; and Rq(new), Rq(operand)),
            AmoOp::Or => asm!(self ; mov Rq(new), Rq(old) ; or Rq(new), Rq(operand)),
            AmoOp::Min | AmoOp::Max | AmoOp::Minu | AmoOp::Maxu => {
                asm!(self ; mov Rq(new), Rq(old));
                match width {
                    Width::Double => asm!(self ; cmp Rq(old), Rq(operand)),
                    _ => asm!(self ; cmp Rd(old), Rd(operand)),
                }
                match op {
                    AmoOp::Min => asm!(self ; cmovg Rq(new), Rq(operand)),
                    AmoOp::Max => asm!(self ; cmovl Rq(new), Rq(operand)),
                    AmoOp::Minu => asm!(self ; cmova Rq(new), Rq(operand)),
                    _ => asm!(self ; cmovb Rq(new), Rq(operand)),
                }
            }
        }
        self.store_new(width, base.host, new);
        self.define(rd, Value::Host(old));
    }

    /// The checks of an access; a misaligned one leaves the straight path.
    fn check_aligned(&mut self, pc: u64, width: Width, base: Base, scratch: u8) {
        self.check(pc, base, scratch);
        let misaligned = self.stop_inside(pc);
        asm!(self ; test Rb(base.host), (width.bytes() - 1) as i8 ; jnz =>misaligned);
    }

    /// `dst = memory[base]`, sign-extended
    fn load_old(&mut self, width: Width, dst: u8, base: u8) {
        match width {
            Width::Double => asm!(self ; gs mov Rq(dst), [Rd(base)]),
            _ => asm!(self ; gs movsxd Rq(dst), DWORD [Rd(base)]),
        }
    }

    /// `memory[base] = src`
    fn store_new(&mut self, width: Width, base: u8, src: u8) {
        match width {
            Width::Double => asm!(self ; gs mov [Rd(base)], Rq(src)),
            _ => asm!(self ; gs mov [Rd(base)], Rd(src)),
        }
    }
}
