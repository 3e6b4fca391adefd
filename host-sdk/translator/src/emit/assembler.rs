//! A thin layer over dynasm: our register names, and operands that live in a register or in the state block.

use dynasmrt::x64::X64Relocation;
use dynasmrt::{AssemblyOffset, DynamicLabel, DynasmApi, DynasmLabelApi, VecAssembler, dynasm};
use zkvm_machine::Reg;

use super::Emitter;
use crate::registers::Place;

/// Scratch register `rax`.
pub(super) const RAX: u8 = 0;
/// Scratch register `rdx`.
pub(super) const RDX: u8 = 2;

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

/// `op dst, src` where `src` is the place of a guest register.
macro_rules! op_place {
    ($self:ident, $op:ident $size:ident($dst:expr), $src:expr) => {{
        let dst = $dst;
        match $src {
            Place::Gpr(src) => dynasm!($self.ops.ops ; .arch x64 ; $op $size(dst), $size(src)),
            Place::Slot(at) => dynasm!($self.ops.ops ; .arch x64 ; $op $size(dst), [BYTE rbp + at]),
            Place::Zero => dynasm!($self.ops.ops ; .arch x64 ; $op $size(dst), BYTE 0),
        }
    }};
}
pub(super) use op_place;

/// Instructions with fixed registers besides dynamic ones.
macro_rules! asm {
    ($self:ident ; $($line:tt)*) => {
        dynasm!($self.ops.ops ; .arch x64 ; $($line)*)
    };
}
pub(super) use asm;

impl Emitter<'_> {
    pub(super) fn place(&self, reg: Reg) -> Place {
        self.map.place(reg)
    }

    /// `dst = reg`
    pub(super) fn copy(&mut self, dst: u8, reg: Reg) {
        match self.place(reg) {
            Place::Gpr(src) if src == dst => {}
            Place::Gpr(src) => asm!(self ; mov Rq(dst), Rq(src)),
            Place::Slot(at) => asm!(self ; mov Rq(dst), [BYTE rbp + at]),
            Place::Zero => asm!(self ; xor Rd(dst), Rd(dst)),
        }
    }

    /// An x86 register that holds `reg`: its home, or `scratch` after a copy.
    pub(super) fn in_register(&mut self, reg: Reg, scratch: u8) -> u8 {
        match self.place(reg) {
            Place::Gpr(home) => home,
            Place::Slot(_) | Place::Zero => {
                self.copy(scratch, reg);
                scratch
            }
        }
    }

    /// Where to compute `rd`: its home, or `scratch`.
    pub(super) fn target(&self, rd: Reg, scratch: u8) -> u8 {
        match self.place(rd) {
            Place::Gpr(home) => home,
            Place::Slot(_) | Place::Zero => scratch,
        }
    }

    /// `rd = src`, where `src` may be `rd`'s home already.
    pub(super) fn write(&mut self, rd: Reg, src: u8) {
        match self.place(rd) {
            Place::Gpr(home) if home == src => {}
            Place::Gpr(home) => asm!(self ; mov Rq(home), Rq(src)),
            Place::Slot(at) => asm!(self ; mov [BYTE rbp + at], Rq(src)),
            Place::Zero => {}
        }
    }

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

    /// `rd = value`
    pub(super) fn write_constant(&mut self, rd: Reg, value: u64) {
        if let (Place::Slot(at), Ok(value)) = (self.place(rd), i32::try_from(value as i64)) {
            asm!(self ; mov QWORD [BYTE rbp + at], value);
            return;
        }
        let dst = self.target(rd, RAX);
        self.constant(dst, value);
        self.write(rd, dst);
    }
}
