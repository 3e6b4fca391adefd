//! Branches, jumps, and the code beside the straight path.

use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi, dynasm};
use zkvm_machine::{Cond, Reg};

use super::Emitter;
use super::assembler::{RDX, asm};
use super::value::Value;
use crate::layout::{JUMP_TABLE_DISPLACEMENT, field};
use crate::options::Mode;
use crate::registers::{Place, RegisterMap};

/// Code that is rarely executed and therefore emitted after everything else.
pub(super) enum Cold<'p> {
    /// The block does not fit into the budget: gives the steps back and leaves before it.
    OverBudget {
        label: DynamicLabel,
        pc: u64,
        steps: i32,
    },
    /// Leaves inside a block, at `pc`, for the reference semantics to execute that step.
    Stop {
        label: DynamicLabel,
        pc: u64,
        log_bumped: i32,
    },
    /// Goes to a block with another register map.
    Edge {
        label: DynamicLabel,
        from: &'p RegisterMap,
        to: &'p RegisterMap,
        block: DynamicLabel,
    },
    /// Goes to where there is no code, with the common register map.
    Outside {
        label: DynamicLabel,
        from: &'p RegisterMap,
        target: u64,
    },
    Divide(Division),
}

/// The results x86 has no instruction for; all of them with the dividend in `rax`, quotient to `rax`, remainder to `rdx`.
pub(super) struct Division {
    /// Divisor 0: quotient all ones, remainder the dividend.
    pub zero: DynamicLabel,
    /// Divisor −1: quotient the negated dividend, remainder 0.
    pub minus_one: Option<DynamicLabel>,
    pub done: DynamicLabel,
}

/// A condition, of the operands as they are or in exchange.
enum Condition {
    Direct(Cond),
    Mirrored(Cond),
}
use Condition::{Direct, Mirrored};

impl<'p> Emitter<'p> {
    /// `if rs1 cond rs2 { goto pc + offset }`
    pub(super) fn branch(&mut self, pc: u64, cond: Cond, rs1: Reg, rs2: Reg, offset: i32) {
        self.bump_log();
        let (cond, left, right) = match self.constant_of(rs1) {
            // The constant goes to the right.
            Some(_) if self.constant_of(rs2).is_none() => (Mirrored(cond), rs2, rs1),
            _ => (Direct(cond), rs1, rs2),
        };
        let constant = self.constant_of(right).and_then(|value| i32::try_from(value as i64).ok());
        self.settle(self.map);
        self.may_stop(pc);
        let label = match self.entry(pc.wrapping_add(offset as u64)) {
            None if self.mode == Mode::Replay => {
                let label = self.ops.new_label();
                self.cold.push(Cold::Outside { label, from: self.map, target: pc.wrapping_add(offset as u64) });
                label
            }
            None => self.stop_after_log(pc),
            Some(_) if self.block.again.is_some() => self.block.again.expect("just seen"),
            Some((block, map)) if map == self.map => block,
            Some((block, map)) => {
                let label = self.ops.new_label();
                self.cold.push(Cold::Edge { label, from: self.map, to: map, block });
                label
            }
        };
        self.compare_places(left, right, constant);
        match cond {
            Direct(Cond::Eq) | Mirrored(Cond::Eq) => asm!(self ; je =>label),
            Direct(Cond::Ne) | Mirrored(Cond::Ne) => asm!(self ; jne =>label),
            Direct(Cond::Lt) => asm!(self ; jl =>label),
            Direct(Cond::Ge) => asm!(self ; jge =>label),
            Direct(Cond::Ltu) => asm!(self ; jb =>label),
            Direct(Cond::Geu) => asm!(self ; jae =>label),
            Mirrored(Cond::Lt) => asm!(self ; jg =>label),
            Mirrored(Cond::Ge) => asm!(self ; jle =>label),
            Mirrored(Cond::Ltu) => asm!(self ; ja =>label),
            Mirrored(Cond::Geu) => asm!(self ; jbe =>label),
        }
    }

    /// Compares two settled registers, the right one perhaps known.
    fn compare_places(&mut self, left: Reg, right: Reg, constant: Option<i32>) {
        match (self.map.place(left), self.map.place(right), constant) {
            (Place::Zero, _, _) => asm!(self ; xor eax, eax ; cmp rax, constant.unwrap_or(0)),
            (Place::Gpr(left), _, Some(0)) => asm!(self ; test Rq(left), Rq(left)),
            (Place::Gpr(left), _, Some(value)) => asm!(self ; cmp Rq(left), value),
            (Place::Slot(left), _, Some(value)) => asm!(self ; cmp QWORD [BYTE rbp + left], value),
            (Place::Gpr(left), Place::Gpr(right), None) => asm!(self ; cmp Rq(left), Rq(right)),
            (Place::Gpr(left), Place::Slot(right), None) => asm!(self ; cmp Rq(left), [BYTE rbp + right]),
            (Place::Slot(left), Place::Gpr(right), None) => asm!(self ; cmp [BYTE rbp + left], Rq(right)),
            (Place::Slot(left), Place::Slot(right), None) => {
                asm!(self ; mov rax, [BYTE rbp + left] ; cmp rax, [BYTE rbp + right]);
            }
            (_, Place::Zero, None) => unreachable!("x0 is a known constant"),
        }
    }

    /// `rd = pc + 4; goto pc + offset`
    pub(super) fn jal(&mut self, pc: u64, rd: Reg, offset: i32) {
        self.bump_log();
        match self.entry(pc.wrapping_add(offset as u64)) {
            Some((block, map)) => {
                self.define(rd, Value::Constant(pc + 4));
                self.settle(map);
                asm!(self ; jmp =>block);
            }
            None if self.mode == Mode::Replay => {
                self.define(rd, Value::Constant(pc + 4));
                self.settle(&self.maps[0].common);
                self.leave_for(pc.wrapping_add(offset as u64));
            }
            None => {
                self.may_stop(pc);
                let stop = self.stop_after_log(pc);
                asm!(self ; jmp =>stop);
            }
        }
    }

    /// `goto (rs1 + offset) & !1`, `rd = pc + 4`. A target outside the table, or one that is no multiple of 4, leaves the
    /// straight path: a run stops before the jump, replay after it, with the target in its hands.
    pub(super) fn jalr(&mut self, pc: u64, rd: Reg, rs1: Reg, offset: i32) {
        self.bump_log();
        // Not a home, so that it survives until the jump.
        self.claim(RDX);
        let base = self.read(rs1);
        self.may_stop(pc);
        match i32::try_from(i64::from(offset) - self.table.start as i64) {
            Ok(displacement) => asm!(self ; lea rdx, [Rq(base) + displacement]),
            Err(_) => {
                self.constant(RDX, (i64::from(offset) - self.table.start as i64) as u64);
                asm!(self ; add rdx, Rq(base));
            }
        }
        // The two low bits go to the top, where they make the index too large.
        asm!(self ; rorx rdx, rdx, 2);
        if self.mode == Mode::Replay {
            self.define(rd, Value::Constant(pc + 4));
            self.settle(&self.maps[0].common);
            asm!(self ; cmp rdx, self.table.slots as i32 ; jae =>self.exits.outside);
        } else {
            let stop = self.stop_after_log(pc);
            asm!(self ; cmp rdx, self.table.slots as i32 ; jae =>stop);
            self.define(rd, Value::Constant(pc + 4));
            self.settle(&self.maps[0].common);
        }
        asm!(self ; jmp QWORD [rbp + rdx * 8 + JUMP_TABLE_DISPLACEMENT]);
    }

    /// Leaves for `target`, where there is no code, with the common register map.
    fn leave_for(&mut self, target: u64) {
        asm!(self
            ; mov rax, QWORD target as i64
            ; mov [rbp + field!(exit_pc)], rax
            ; jmp =>self.exits.no_block
        );
    }

    /// A label that leaves the block at `pc` before the block's log has been moved.
    pub(super) fn stop_inside(&mut self, pc: u64) -> DynamicLabel {
        self.stop(pc, 0)
    }

    fn stop_after_log(&mut self, pc: u64) -> DynamicLabel {
        self.stop(pc, self.block.log_total)
    }

    fn stop(&mut self, pc: u64, log_bumped: i32) -> DynamicLabel {
        let label = self.ops.new_label();
        self.cold.push(Cold::Stop { label, pc, log_bumped });
        label
    }

    /// Emits everything that was put aside.
    pub(super) fn cold_code(&mut self) {
        for cold in std::mem::take(&mut self.cold) {
            match cold {
                Cold::OverBudget { label, pc, steps } => {
                    self.ops.bind(label);
                    asm!(self ; add r14, steps);
                    self.leave(pc, self.exits.before);
                }
                Cold::Stop { label, pc, log_bumped } => {
                    self.ops.bind(label);
                    if log_bumped != 0 {
                        asm!(self ; sub r15, log_bumped);
                    }
                    self.leave(pc, self.exits.inside);
                }
                Cold::Edge { label, from, to, block } => {
                    self.ops.bind(label);
                    self.change_map(from, to);
                    asm!(self ; jmp =>block);
                }
                Cold::Outside { label, from, target } => {
                    self.ops.bind(label);
                    self.change_map(from, &self.maps[0].common);
                    self.leave_for(target);
                }
                Cold::Divide(Division { zero, minus_one, done }) => {
                    self.ops.bind(zero);
                    asm!(self ; mov rdx, rax ; mov rax, -1 ; jmp =>done);
                    if let Some(minus_one) = minus_one {
                        self.ops.bind(minus_one);
                        asm!(self ; neg rax ; xor edx, edx ; jmp =>done);
                    }
                }
            }
        }
    }
}
