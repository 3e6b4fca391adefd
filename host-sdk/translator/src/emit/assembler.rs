//! A thin layer over dynasm: our register names, and operands of several kinds.

use dynasmrt::x64::X64Relocation;
use dynasmrt::{AssemblyOffset, DynamicLabel, DynasmApi, DynasmLabelApi, VecAssembler, dynasm};

use super::Emitter;

pub(super) const RAX: u8 = 0;
pub(super) const RDX: u8 = 2;
pub(super) const RSP: u8 = 4;

/// The code being written.
pub(crate) struct Assembler {
    pub(super) ops: VecAssembler<X64Relocation>,
}

impl Assembler {
    pub(super) fn new(text_bytes: u64) -> Assembler {
        // About 12 bytes of code per 4 bytes of text.
        let capacity = 4 * text_bytes as usize;
        let mut ops = VecAssembler::new(0);
        ops.reserve_ops(capacity);
        Assembler { ops }
    }

    pub(super) fn new_label(&mut self) -> DynamicLabel {
        self.ops.new_dynamic_label()
    }

    pub(super) fn bind(&mut self, label: DynamicLabel) {
        self.ops.dynamic_label(label);
    }

    pub(super) fn position(&self) -> u32 {
        let AssemblyOffset(offset) = self.ops.offset();
        u32::try_from(offset).expect("text is below 2^28 bytes and its code below 16 times that")
    }

    pub(super) fn offset_of(&self, label: DynamicLabel) -> u32 {
        let AssemblyOffset(offset) = self.ops.labels().resolve_dynamic(label).expect("all labels are bound");
        offset as u32
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.ops.finalize().expect("all labels are bound and within 2 GiB")
    }
}

/// `op dst, src` where `src` is a [`Source`](super::values::Source).
macro_rules! op_source {
    ($self:ident, $op:ident $size:ident($dst:expr), $src:expr) => {{
        let dst = $dst;
        match $src {
            Source::Host(src) => dynasm!($self.ops.ops ; .arch x64 ; $op $size(dst), $size(src)),
            Source::Slot(at) => dynasm!($self.ops.ops ; .arch x64 ; $op $size(dst), [BYTE rbp + at]),
            Source::Constant(value) => op_imm!($self, $op $size(dst), value),
        }
    }};
}
pub(super) use op_source;

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
pub(super) use op_imm;

/// Instructions with fixed registers besides dynamic ones.
macro_rules! asm {
    ($self:ident ; $($line:tt)*) => {
        dynasm!($self.ops.ops ; .arch x64 ; $($line)*)
    };
}
pub(super) use asm;

impl Emitter<'_> {
    /// `dst = value`
    pub(super) fn constant(&mut self, dst: u8, value: u64) {
        if value == 0 {
            asm!(self ; xor Rd(dst), Rd(dst));
        } else if let Ok(value) = u32::try_from(value) {
            asm!(self ; mov Rd(dst), value as i32);
        } else if let Ok(value) = i32::try_from(value as i64) {
            asm!(self ; mov Rq(dst), value);
        } else {
            asm!(self ; mov Rq(dst), QWORD value as i64);
        }
    }
}
