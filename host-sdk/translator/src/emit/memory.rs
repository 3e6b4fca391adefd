//! Loads and stores.
//!
//! The effective address is computed in 32 bits and added to the `gs` base, so no access can leave the 4 GiB window; what
//! is not mapped faults. A base register whose upper half is not 0 leaves the straight path, once per block and value;
//! offsets, and sums of constants (`facts`), can only wrap into the unmapped ends of the window.

use dynasmrt::{DynasmApi, DynasmLabelApi, dynasm};
use zkvm_machine::{Reg, Signedness, Width};

use super::Emitter;
use super::assembler::asm;
use super::value::Value;
use crate::options::Mode;

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
    (@ $self:ident, $base:ident, $offset:ident, [store_constant $width:ident, $value:expr]) => {
        match i8::try_from($offset) {
            Ok(offset) => dynasm!($self.ops.ops ; .arch x64 ; gs mov $width [BYTE Rd($base) + offset], $value),
            Err(_) => dynasm!($self.ops.ops ; .arch x64 ; gs mov $width [Rd($base) + $offset], $value),
        }
    };
}

/// The base register of an access, and how it is checked.
#[derive(Clone, Copy)]
pub(super) struct Base {
    pub host: u8,
    /// Whether it may be wild.
    check: bool,
}

impl Emitter<'_> {
    /// `rd = memory[rs1 + offset]`
    pub(super) fn load(&mut self, pc: u64, width: Width, signedness: Signedness, rd: Reg, rs1: Reg, offset: i32) {
        if self.mode == Mode::Replay {
            return self.load_from_log(width, signedness, rd);
        }
        let base = self.base(rs1);
        let dst = if rd == Reg::ZERO { self.temp() } else { self.result(rd) };
        let scratch = self.scratch_before(dst);
        self.check(pc, base, scratch);
        let base = base.host;
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
        self.define(rd, Value::Host(dst));
    }

    /// The same in replay, which takes the value from the log.
    fn load_from_log(&mut self, width: Width, signedness: Signedness, rd: Reg) {
        let at = self.block.log_bytes;
        self.block.log_bytes += width.bytes() as i32;
        let dst = if rd == Reg::ZERO { self.temp() } else { self.result(rd) };
        match (width, signedness) {
            (Width::Byte, Signedness::Signed) => asm!(self ; movsx Rq(dst), BYTE [r15 + at]),
            (Width::Byte, Signedness::Unsigned) => asm!(self ; movzx Rd(dst), BYTE [r15 + at]),
            (Width::Half, Signedness::Signed) => asm!(self ; movsx Rq(dst), WORD [r15 + at]),
            (Width::Half, Signedness::Unsigned) => asm!(self ; movzx Rd(dst), WORD [r15 + at]),
            (Width::Word, Signedness::Signed) => asm!(self ; movsxd Rq(dst), DWORD [r15 + at]),
            (Width::Word, Signedness::Unsigned) => asm!(self ; mov Rd(dst), [r15 + at]),
            (Width::Double, _) => asm!(self ; mov Rq(dst), [r15 + at]),
        }
        self.loaded_to_row(dst);
        self.define(rd, Value::Host(dst));
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
        if self.mode == Mode::Replay {
            // There is no memory, and the row has been written.
            return;
        }
        let base = self.base(rs1);
        if let Some(value) = self.constant_of(rs2)
            && let Ok(value) = i32::try_from(value as i64)
        {
            let scratch = self.temp();
            self.check(pc, base, scratch);
            let base = base.host;
            return match width {
                Width::Byte => gs_op!(self, [base + offset] ; store_constant BYTE, value as i8),
                Width::Half => gs_op!(self, [base + offset] ; store_constant WORD, value as i16),
                Width::Word => gs_op!(self, [base + offset] ; store_constant DWORD, value),
                Width::Double => gs_op!(self, [base + offset] ; store_constant QWORD, value),
            };
        }
        let src = if width == Width::Double { self.read(rs2) } else { self.read_low(rs2) };
        let scratch = self.temp();
        self.check(pc, base, scratch);
        let base = base.host;
        match width {
            Width::Byte => gs_op!(self, [base + offset] ; store Rb(src), BYTE),
            Width::Half => gs_op!(self, [base + offset] ; store Rw(src), WORD),
            Width::Word => gs_op!(self, [base + offset] ; store Rd(src), DWORD),
            Width::Double => gs_op!(self, [base + offset] ; store Rq(src), QWORD),
        }
    }

    /// A register whose low half is the base address.
    pub(super) fn base(&mut self, rs1: Reg) -> Base {
        let check = !self.block.facts.is_near(rs1);
        Base { host: self.read(rs1), check }
    }

    /// Checks that the upper half of a base is 0; clobbers `scratch`. The access may stop the guest: from here to its end no
    /// value may move.
    pub(super) fn check(&mut self, pc: u64, base: Base, scratch: u8) {
        self.may_stop(pc);
        if let Base { host, check: true } = base {
            let wild = self.stop_inside(pc);
            asm!(self ; mov Rd(scratch), Rd(host) ; cmp Rq(scratch), Rq(host) ; jne =>wild);
        }
    }
}
