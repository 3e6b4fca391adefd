//! `A`: reservations and read-modify-writes. With one hart they need no locks.

use dynasmrt::{DynasmApi, DynasmLabelApi, dynasm};
use zkvm_machine::{AmoOp, Reg, Width};

use super::Emitter;
use super::assembler::{RAX, RDX, asm, op_place};
use crate::layout::{field, slot};
use crate::registers::Place;

/// The step counter's register, free between a probe that cannot fault again and its restoration.
const R14: u8 = 14;

impl Emitter<'_> {
    /// `rd = memory[rs1]`, and the reservation
    pub(super) fn load_reserved(&mut self, pc: u64, width: Width, rd: Reg, rs1: Reg) {
        let Some(base) = self.aligned_base(pc, width, rs1) else { return };
        self.load_old(width, base);
        self.log(width, RDX);
        asm!(self
            ; mov eax, Rd(base)
            ; mov [rbp + field!(reservation_address)], rax
            ; mov QWORD [rbp + field!(reservation_bytes)], width.bytes() as i32
        );
        self.write(rd, RDX);
    }

    /// `if reserved { memory[rs1] = rs2; rd = 0 } else { rd = 1 }`, and no reservation any more
    pub(super) fn store_conditional(&mut self, pc: u64, width: Width, rd: Reg, rs1: Reg, rs2: Reg) {
        let Some(base) = self.aligned_base(pc, width, rs1) else { return };
        let (fail, done) = (self.ops.new_label(), self.ops.new_label());
        // A base outside the window has stopped or will fault; the lower half decides.
        asm!(self
            ; mov eax, Rd(base)
            ; cmp [rbp + field!(reservation_address)], rax
            ; jne =>fail
            ; cmp DWORD [rbp + field!(reservation_bytes)], width.bytes() as i32
            ; jne =>fail
        );
        let src = self.in_register(rs2, RDX);
        self.store_new(width, RAX, src);
        asm!(self ; xor edx, edx ; jmp =>done ; =>fail ; mov edx, 1 ; =>done);
        asm!(self ; mov QWORD [rbp + field!(reservation_bytes)], 0);
        self.write(rd, RDX);
    }

    /// `rd = memory[rs1]; memory[rs1] = rd op rs2`
    pub(super) fn amo(&mut self, pc: u64, op: AmoOp, width: Width, rd: Reg, rs1: Reg, rs2: Reg) {
        let Some(base) = self.aligned_base(pc, width, rs1) else { return };
        // Faults if the memory cannot be written, before anything has changed. From here on nothing can fault, and the
        // step counter may lend its register.
        asm!(self ; gs or BYTE [Rd(base)], BYTE 0 ; movq xmm14, r14);
        self.load_old(width, base);
        self.log(width, RDX);
        // x0's place in the state block holds 0, for instructions that need a memory operand.
        let operand = match self.place(rs2) {
            Place::Zero => Place::Slot(slot(0)),
            place => place,
        };
        match op {
            AmoOp::Swap => op_place!(self, mov Rq(R14), operand),
            AmoOp::Add | AmoOp::Xor | AmoOp::And | AmoOp::Or => {
                asm!(self ; mov r14, rdx);
                match op {
                    AmoOp::Add => op_place!(self, add Rq(R14), operand),
                    AmoOp::Xor => op_place!(self, xor Rq(R14), operand),
                    AmoOp::And => op_place!(self, and Rq(R14), operand),
                    _ => op_place!(self, or Rq(R14), operand),
                }
            }
            AmoOp::Min | AmoOp::Max | AmoOp::Minu | AmoOp::Maxu => self.select(op, width, operand),
        }
        self.store_new(width, base, R14);
        asm!(self ; movq r14, xmm14);
        self.write(rd, RDX);
    }

    /// `r14 = rdx or operand`, whichever `op` chooses.
    fn select(&mut self, op: AmoOp, width: Width, operand: Place) {
        macro_rules! choose {
            ($cmov:ident) => {
                match operand {
                    Place::Gpr(home) => asm!(self ; $cmov r14, Rq(home)),
                    Place::Slot(at) => asm!(self ; $cmov r14, [BYTE rbp + at]),
                    Place::Zero => unreachable!("x0 is taken from the state block"),
                }
            };
        }
        asm!(self ; mov r14, rdx);
        match width {
            Width::Double => op_place!(self, cmp Rq(RDX), operand),
            _ => op_place!(self, cmp Rd(RDX), operand),
        }
        match op {
            AmoOp::Min => choose!(cmovg),
            AmoOp::Max => choose!(cmovl),
            AmoOp::Minu => choose!(cmova),
            _ => choose!(cmovb),
        }
    }

    /// The base of an access at `rs1`; a misaligned one leaves the straight path.
    fn aligned_base(&mut self, pc: u64, width: Width, rs1: Reg) -> Option<u8> {
        let base = self.base(pc, rs1)?;
        let misaligned = self.stop_inside(pc);
        asm!(self ; test Rb(base), (width.bytes() - 1) as i8 ; jnz =>misaligned);
        Some(base)
    }

    /// `rdx = memory[base]`, sign-extended
    fn load_old(&mut self, width: Width, base: u8) {
        match width {
            Width::Double => asm!(self ; gs mov rdx, [Rd(base)]),
            _ => asm!(self ; gs movsxd rdx, DWORD [Rd(base)]),
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

const _: () = assert!(RAX == 0 && RDX == 2, "the code above names them");
