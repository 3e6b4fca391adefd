//! Loads and stores.
//!
//! The effective address is computed in 32 bits and added to the `gs` base, so no access can leave the 4 GiB window; what
//! is not mapped faults. A base register whose upper half is not 0 leaves the straight path, once per block and value;
//! offsets, and sums of constants up to [`FARTHEST`], can only wrap into the unmapped ends of the window.

use dynasmrt::{DynasmApi, DynasmLabelApi, dynasm};
use zkvm_abi::GUARD_BYTES;
use zkvm_machine::{Reg, Signedness, Width};

use super::Emitter;
use super::assembler::{RAX, RDX, asm};
use crate::options::Mode;
use crate::registers::Place;

/// How far outside the window an address may lie without wrapping into mapped memory: an offset (2 KiB) and the access
/// itself (8 bytes) still fit into the guard.
const FARTHEST: u32 = GUARD_BYTES as u32 - 4096;

/// One instruction with a memory operand at `gs:[base + offset]`.
macro_rules! gs_op {
    ($self:ident, [$base:ident + $offset:ident] ; $($before:tt)*) => {
        gs_op!(@ $self, $base, $offset, [$($before)*])
    };
    (@ $self:ident, $base:ident, $offset:ident, [load $op:ident $size:ident($dst:expr), $width:ident]) => {{
        let dst = $dst;
        match i8::try_from($offset) {
            Ok(offset) => dynasm!($self.ops.ops ; .arch x64 ; gs $op $size(dst), $width [BYTE Rd($base) + offset]),
            Err(_) => dynasm!($self.ops.ops ; .arch x64 ; gs $op $size(dst), $width [Rd($base) + $offset]),
        }
    }};
    (@ $self:ident, $base:ident, $offset:ident, [store $size:ident($src:expr), $width:ident]) => {{
        let src = $src;
        match i8::try_from($offset) {
            Ok(offset) => dynasm!($self.ops.ops ; .arch x64 ; gs mov $width [BYTE Rd($base) + offset], $size(src)),
            Err(_) => dynasm!($self.ops.ops ; .arch x64 ; gs mov $width [Rd($base) + $offset], $size(src)),
        }
    }};
    (@ $self:ident, $base:ident, $offset:ident, [store_zero $width:ident]) => {
        match i8::try_from($offset) {
            Ok(offset) => dynasm!($self.ops.ops ; .arch x64 ; gs mov $width [BYTE Rd($base) + offset], 0),
            Err(_) => dynasm!($self.ops.ops ; .arch x64 ; gs mov $width [Rd($base) + $offset], 0),
        }
    };
}

impl Emitter<'_> {
    /// `rd = memory[rs1 + offset]`
    pub(super) fn load(&mut self, pc: u64, width: Width, signedness: Signedness, rd: Reg, rs1: Reg, offset: i32) {
        let Some(base) = self.base(pc, rs1) else { return };
        let dst = self.target(rd, RAX);
        match (width, signedness) {
            (Width::Byte, Signedness::Signed) => gs_op!(self, [base + offset] ; load movsx Rq(dst), BYTE),
            (Width::Byte, Signedness::Unsigned) => gs_op!(self, [base + offset] ; load movzx Rd(dst), BYTE),
            (Width::Half, Signedness::Signed) => gs_op!(self, [base + offset] ; load movsx Rq(dst), WORD),
            (Width::Half, Signedness::Unsigned) => gs_op!(self, [base + offset] ; load movzx Rd(dst), WORD),
            (Width::Word, Signedness::Signed) => gs_op!(self, [base + offset] ; load movsxd Rq(dst), DWORD),
            (Width::Word, Signedness::Unsigned) => gs_op!(self, [base + offset] ; load mov Rd(dst), DWORD),
            (Width::Double, _) => gs_op!(self, [base + offset] ; load mov Rq(dst), QWORD),
        }
        self.log(width, dst);
        self.write(rd, dst);
    }

    /// Appends the low `width` bytes of `value` to the log.
    pub(super) fn log(&mut self, width: Width, value: u8) {
        if self.mode != Mode::Traced {
            return;
        }
        let at = self.block.log_bytes;
        self.block.log_bytes += width.bytes() as i32;
        if let Ok(at) = i8::try_from(at) {
            match width {
                Width::Byte => asm!(self ; mov [BYTE r15 + at], Rb(value)),
                Width::Half => asm!(self ; mov [BYTE r15 + at], Rw(value)),
                Width::Word => asm!(self ; mov [BYTE r15 + at], Rd(value)),
                Width::Double => asm!(self ; mov [BYTE r15 + at], Rq(value)),
            }
        } else {
            match width {
                Width::Byte => asm!(self ; mov [r15 + at], Rb(value)),
                Width::Half => asm!(self ; mov [r15 + at], Rw(value)),
                Width::Word => asm!(self ; mov [r15 + at], Rd(value)),
                Width::Double => asm!(self ; mov [r15 + at], Rq(value)),
            }
        }
    }

    /// `memory[rs1 + offset] = rs2`
    pub(super) fn store(&mut self, pc: u64, width: Width, rs1: Reg, rs2: Reg, offset: i32) {
        let Some(base) = self.base(pc, rs1) else { return };
        if rs2 == Reg::ZERO {
            return match width {
                Width::Byte => gs_op!(self, [base + offset] ; store_zero BYTE),
                Width::Half => gs_op!(self, [base + offset] ; store_zero WORD),
                Width::Word => gs_op!(self, [base + offset] ; store_zero DWORD),
                Width::Double => gs_op!(self, [base + offset] ; store_zero QWORD),
            };
        }
        let src = self.in_register(rs2, RDX);
        match width {
            Width::Byte => gs_op!(self, [base + offset] ; store Rb(src), BYTE),
            Width::Half => gs_op!(self, [base + offset] ; store Rw(src), WORD),
            Width::Word => gs_op!(self, [base + offset] ; store Rd(src), DWORD),
            Width::Double => gs_op!(self, [base + offset] ; store Rq(src), QWORD),
        }
    }

    /// A register whose low half is the base address, after the check that its upper half is 0. `None` if the access
    /// always traps.
    pub(super) fn base(&mut self, pc: u64, rs1: Reg) -> Option<u8> {
        let known = self.block.near_window[rs1.index()].is_some_and(|slack| slack <= FARTHEST);
        let wild = (!known || rs1 == Reg::ZERO).then(|| self.stop_inside(pc));
        match (self.place(rs1), wild) {
            (Place::Zero, wild) => {
                // The first 64 KiB are not mapped, and neither are the last.
                if let Some(wild) = wild {
                    asm!(self ; jmp =>wild);
                }
                None
            }
            (Place::Gpr(home), wild) => {
                if let Some(wild) = wild {
                    asm!(self ; mov eax, Rd(home) ; cmp rax, Rq(home) ; jne =>wild);
                    self.block.near_window[rs1.index()] = Some(0);
                }
                Some(home)
            }
            (Place::Slot(at), wild) => {
                if let Some(wild) = wild {
                    let upper = at + 4;
                    asm!(self ; cmp DWORD [BYTE rbp + upper], BYTE 0 ; jne =>wild);
                    self.block.near_window[rs1.index()] = Some(0);
                }
                asm!(self ; mov eax, [BYTE rbp + at]);
                Some(RAX)
            }
        }
    }
}
