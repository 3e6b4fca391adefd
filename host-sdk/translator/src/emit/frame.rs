//! Entry to and exits from generated code.

use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi, dynasm};
use zkvm_machine::Reg;

use super::Emitter;
use super::assembler::{Assembler, asm};
use crate::layout::{exit, field, host, slot};
use crate::options::Mode;
use crate::registers::{Place, RegisterMap};

/// Labels of the common exits.
pub(super) struct Exits {
    pub before: DynamicLabel,
    pub inside: DynamicLabel,
    /// The signal handler continues here after a faulting access.
    pub fault: DynamicLabel,
    pub no_block: DynamicLabel,
    /// Where the jump table sends jumps to slots that are no entries; `rdx` holds the slot's index.
    pub not_entry: DynamicLabel,
    /// Where replay's indirect jumps go if the target is not in the jump table; `rdx` holds its distance from the table's
    /// start, rotated right by 2.
    pub outside: DynamicLabel,
    leave: DynamicLabel,
}

impl Exits {
    pub(super) fn new(ops: &mut Assembler) -> Exits {
        let mut label = || ops.new_label();
        Exits {
            before: label(),
            inside: label(),
            fault: label(),
            no_block: label(),
            not_entry: label(),
            outside: label(),
            leave: label(),
        }
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
        );
        for &home in self.mode.homes() {
            asm!(self ; mov Rq(home), [rbp + host(home)]);
        }
        if self.mode == Mode::Replay {
            self.load_ends();
        }
        asm!(self ; jmp QWORD [rbp + field!(target)]);
        self.exit_kinds();
        self.ops.bind(self.exits.leave);
        for &register in self.mode.pool() {
            asm!(self ; mov [rbp + host(register)], Rq(register));
        }
        if self.mode == Mode::Replay {
            self.store_ends();
        }
        asm!(self
            ; mov rsp, [rbp + field!(host_rsp)]
            ; mov [rbp + field!(steps)], r14
            ; mov [rbp + field!(log)], r15
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
        // The jump clears the lowest bit of its target, which the table never sees.
        self.ops.bind(self.exits.outside);
        self.ops.bind(self.exits.not_entry);
        let text_start = self.table.start as i32;
        asm!(self
            ; rol rdx, 2
            ; mov eax, text_start
            ; add rdx, rax
            ; and rdx, BYTE -2
            ; mov [rbp + field!(exit_pc)], rdx
        );
        for (label, kind) in [
            // First, because `not_entry` runs into it.
            (self.exits.no_block, exit::NO_BLOCK),
            (self.exits.before, exit::BEFORE_BLOCK),
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

    /// Leaves native code at `pc` by one of the exits.
    pub(super) fn leave(&mut self, pc: u64, exit: DynamicLabel) {
        asm!(self ; mov DWORD [rbp + field!(exit_pc)], pc as i32 ; jmp =>exit);
    }

    /// Moves registers from where `from` has them to where `to` has them, without touching flags.
    pub(super) fn change_map(&mut self, from: &RegisterMap, to: &RegisterMap) {
        let moved: Vec<_> =
            Reg::all().map(|reg| (reg, from.place(reg), to.place(reg))).filter(|(_, from, to)| from != to).collect();
        for &(reg, from, _) in &moved {
            if let Place::Gpr(home) = from {
                asm!(self ; mov [BYTE rbp + slot(reg.index())], Rq(home));
            }
        }
        for &(reg, _, to) in &moved {
            if let Place::Gpr(home) = to {
                asm!(self ; mov Rq(home), [BYTE rbp + slot(reg.index())]);
            }
        }
    }
}
