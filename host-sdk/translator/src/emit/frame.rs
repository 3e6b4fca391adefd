//! Entry to and exits from generated code.

use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi, dynasm};

use super::Emitter;
use super::assembler::{Assembler, asm};
use crate::layout::{exit, field, slot};

/// Labels of the common exits.
pub(super) struct Exits {
    pub between: DynamicLabel,
    pub inside: DynamicLabel,
    /// The signal handler continues here after a faulting access.
    pub fault: DynamicLabel,
    /// Where the jump table sends jumps to slots that are no entries; `rdx` holds the slot's index.
    pub not_entry: DynamicLabel,
    leave: DynamicLabel,
}

impl Exits {
    pub(super) fn new(ops: &mut Assembler) -> Exits {
        let mut label = || ops.new_label();
        Exits { between: label(), inside: label(), fault: label(), not_entry: label(), leave: label() }
    }
}

impl Emitter<'_> {
    /// At offset 0: `extern "sysv64" fn enter(rbp: *mut u8)`, which loads the guest's registers and jumps to
    /// `state.target`; then the exits.
    pub(super) fn frame(&mut self) {
        asm!(self
            ; push rbx
            ; push rbp
            ; push r12
            ; push r13
            ; push r14
            ; push r15
            ; mov rbp, rdi
            ; mov [rbp + field!(host_rsp)], rsp
            ; mov r14, [rbp + field!(steps)]
            ; mov r15, [rbp + field!(log)]
            ; pxor xmm15, xmm15
        );
        let mapped: Vec<_> = self.registers.mapped().collect();
        for &(index, home) in &mapped {
            asm!(self ; mov Rq(home), [BYTE rbp + slot(index)]);
        }
        asm!(self ; jmp QWORD [rbp + field!(target)]);
        self.exit_kinds();
        self.ops.bind(self.exits.leave);
        for &(index, home) in &mapped {
            asm!(self ; mov [BYTE rbp + slot(index)], Rq(home));
        }
        asm!(self
            ; mov rsp, [rbp + field!(host_rsp)]
            ; mov [rbp + field!(steps)], r14
            ; mov [rbp + field!(log)], r15
            ; movdqa [rbp + field!(loads)], xmm15
            ; pop r15
            ; pop r14
            ; pop r13
            ; pop r12
            ; pop rbp
            ; pop rbx
            ; ret
        );
    }

    fn exit_kinds(&mut self) {
        let leave = self.exits.leave;
        self.ops.bind(self.exits.not_entry);
        let text_start = self.table.start as i32;
        asm!(self
            ; shl rdx, 2
            ; mov eax, text_start
            ; add rdx, rax
            ; mov [rbp + field!(exit_pc)], rdx
        );
        for (label, kind) in [
            (self.exits.between, exit::BETWEEN_BLOCKS),
            (self.exits.inside, exit::INSIDE_BLOCK),
            (self.exits.fault, exit::FAULT),
        ] {
            self.ops.bind(label);
            asm!(self
                ; mov QWORD [rbp + field!(exit_kind)], kind as i32
                ; jmp =>leave
            );
        }
    }

    /// Leaves native code between two blocks, at `pc`.
    pub(super) fn leave_at(&mut self, pc: u64) {
        let between = self.exits.between;
        asm!(self
            ; mov DWORD [rbp + field!(exit_pc)], pc as i32
            ; jmp =>between
        );
    }
}
