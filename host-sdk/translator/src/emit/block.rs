//! A basic block: its head counts the steps, its body translates them one by one, its end moves the log.

use std::ops::Range;

use dynasmrt::{DynasmApi, DynasmLabelApi, dynasm};
use zkvm_machine::{Flow, Instruction, Reg, TextRange};

use super::Emitter;
use super::assembler::asm;
use super::control::Cold;
use crate::blocks::is_stop;
use crate::options::Mode;

/// What is known while a block is translated.
#[derive(Default)]
pub(super) struct BlockState {
    /// Bytes of the block's log entries so far.
    pub log_bytes: i32,
    /// Bytes of all its log entries.
    pub log_total: i32,
    /// Per guest register: if `Some(slack)`, its value is at most `slack` away from an address below 2^32.
    pub near_window: [Option<u32>; 32],
}

impl Emitter<'_> {
    pub(super) fn block(&mut self, range_index: usize, range: &TextRange, slots: Range<usize>, offsets: &mut [u32]) {
        let label = self.labels[range_index][slots.start].expect("blocks start at entries");
        self.ops.bind(label);
        offsets[0] = self.ops.position();
        let pc = range.start + 4 * slots.start as u64;
        let instructions = &range.slots[slots];
        if is_stop(instructions[0]) {
            self.leave_before(pc);
            return;
        }
        self.block_head(pc, instructions);
        for (index, instruction) in instructions.iter().enumerate() {
            if index > 0 {
                offsets[index] = self.ops.position();
            }
            let instruction = instruction.expect("what does not decode is a block of its own");
            let pc = pc + 4 * index as u64;
            self.instruction(pc, instruction);
            self.forget(pc, instruction);
        }
        if instructions.last().is_some_and(|last| last.map(Instruction::flow) == Some(Flow::Next)) {
            self.bump_log();
        }
    }

    fn block_head(&mut self, pc: u64, instructions: &[Option<Instruction>]) {
        let steps = instructions.len() as i32;
        let over_budget = self.ops.new_label();
        match i8::try_from(steps) {
            Ok(steps) => asm!(self ; sub r14, BYTE steps),
            Err(_) => asm!(self ; sub r14, steps),
        }
        asm!(self ; jb =>over_budget);
        self.cold.push(Cold::OverBudget { label: over_budget, pc, steps });
        self.block = BlockState::default();
        self.block.near_window[Reg::ZERO.index()] = Some(0);
        if self.mode == Mode::Traced {
            let logged = instructions.iter().flatten().filter_map(|instruction| instruction.logged_width());
            self.block.log_total = logged.map(|width| width.bytes() as i32).sum();
        }
    }

    /// Moves the log past the block's entries, without touching flags.
    pub(super) fn bump_log(&mut self) {
        match self.block.log_total {
            0 => {}
            bytes @ 1..=127 => asm!(self ; lea r15, [BYTE r15 + bytes as i8]),
            bytes => asm!(self ; lea r15, [r15 + bytes]),
        }
    }

    fn instruction(&mut self, pc: u64, instruction: Instruction) {
        match instruction {
            Instruction::Lui { rd, imm } => self.write_constant_to(rd, imm as u64),
            Instruction::Auipc { rd, imm } => self.write_constant_to(rd, pc.wrapping_add(imm as u64)),
            Instruction::AluImm { op, width, rd, rs1, imm } => self.alu_imm(op, width, rd, rs1, imm),
            Instruction::Alu { op, width, rd, rs1, rs2 } => self.alu(op, width, rd, rs1, rs2),
            Instruction::Mul { op, width, rd, rs1, rs2 } => self.mul(op, width, rd, rs1, rs2),
            Instruction::Load { width, signedness, rd, rs1, offset } => {
                self.load(pc, width, signedness, rd, rs1, offset);
            }
            Instruction::Store { width, rs1, rs2, offset } => self.store(pc, width, rs1, rs2, offset),
            Instruction::Branch { cond, rs1, rs2, offset } => self.branch(pc, cond, rs1, rs2, offset),
            Instruction::Jal { rd, offset } => self.jal(pc, rd, offset),
            Instruction::Jalr { rd, rs1, offset } => self.jalr(pc, rd, rs1, offset),
            Instruction::Fence => {}
            Instruction::LoadReserved { width, rd, rs1 } => self.load_reserved(pc, width, rd, rs1),
            Instruction::StoreConditional { width, rd, rs1, rs2 } => self.store_conditional(pc, width, rd, rs1, rs2),
            Instruction::Amo { op, width, rd, rs1, rs2 } => self.amo(pc, op, width, rd, rs1, rs2),
            Instruction::Ecall | Instruction::Ebreak => {
                unreachable!("{instruction} at {pc:#x} is a stop, and stops are blocks of their own")
            }
        }
    }

    fn write_constant_to(&mut self, rd: Reg, value: u64) {
        if rd != Reg::ZERO {
            self.write_constant(rd, value);
        }
    }

    /// Updates what is known about addresses after `instruction`.
    fn forget(&mut self, pc: u64, instruction: Instruction) {
        let Some(rd) = instruction.destination() else { return };
        let near = &mut self.block.near_window;
        near[rd.index()] = match instruction {
            // Below 2^31; a larger one sign-extends to far above the window.
            Instruction::Lui { imm, .. } if imm >= 0 => Some(0),
            Instruction::Auipc { imm, .. } if pc.wrapping_add(imm as u64) < zkvm_abi::WINDOW_BYTES => Some(0),
            Instruction::Jal { .. } | Instruction::Jalr { .. } => Some(0),
            Instruction::AluImm {
                op: zkvm_machine::AluOp::Add, width: zkvm_machine::OpWidth::W64, rs1, imm, ..
            } => near[rs1.index()].map(|slack| slack.saturating_add(imm.unsigned_abs())),
            Instruction::Load { width, signedness: zkvm_machine::Signedness::Unsigned, .. }
                if width < zkvm_machine::Width::Double =>
            {
                Some(0)
            }
            _ => None,
        };
    }
}
