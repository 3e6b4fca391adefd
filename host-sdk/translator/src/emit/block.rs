//! A basic block: its head counts the steps, its body translates them one by one, its end moves the log.

use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi, dynasm};
use zkvm_machine::{Flow, Instruction};

use super::Emitter;
use super::assembler::asm;
use super::control::Cold;
use super::facts::Facts;
use super::rows::{BlockRows, Row};
use super::value::Value;
use crate::blocks::is_stop;
use crate::options::Mode;
use crate::registers::RegisterMap;

/// What is known while a block is translated.
#[derive(Default)]
pub(super) struct BlockState {
    /// Bytes of the block's log entries so far.
    pub log_bytes: i32,
    /// Bytes of all its log entries.
    pub log_total: i32,
    pub facts: Facts,
    /// Where a jump to the block itself goes, if not to its entry.
    pub again: Option<DynamicLabel>,
    /// Its instructions.
    pub steps: usize,
    pub rows: BlockRows,
    /// That of the instruction being translated.
    pub row: Option<Row>,
}

/// A block that jumps back to itself, emitted a second time for all but the first iteration: what the first has found out
/// about addresses holds in the others. Measured: matrix takes 4.7 times as long as native without, 4.1 with it.
pub(super) struct Repeat<'p> {
    label: DynamicLabel,
    /// Of the first instruction.
    pc: u64,
    instructions: &'p [Option<Instruction>],
    map: &'p RegisterMap,
    facts: Facts,
}

impl<'p> Emitter<'p> {
    /// Translates the block at `pc`; where it falls through, the next one has `next_map`. Says in `offsets` where each
    /// instruction's code begins.
    pub(super) fn block(
        &mut self,
        pc: u64,
        instructions: &'p [Option<Instruction>],
        next_map: &RegisterMap,
        offsets: &mut [u32],
    ) {
        let (label, map) = self.entry(pc).expect("blocks start at entries");
        self.ops.bind(label);
        self.map = map;
        offsets[0] = self.ops.position();
        if is_stop(instructions[0], self.mode) {
            self.leave(pc, self.exits.before);
            return;
        }
        let facts = Facts::at_entry();
        let repetition = if self.mode == Mode::Replay { None } else { facts.in_repetition(pc, instructions) };
        let again = repetition.map(|facts| {
            let label = self.ops.new_label();
            self.repeats.push(Repeat { label, pc, instructions, map, facts });
            label
        });
        self.block = BlockState { facts, again, ..BlockState::default() };
        self.body(pc, instructions, next_map, offsets);
    }

    /// Emits a [`Repeat`]; returns its address and where the code of each instruction begins, and of the last ends.
    pub(super) fn repeat(&mut self, repeat: &Repeat<'p>) -> (u64, Vec<u32>) {
        let &Repeat { label, pc, instructions, map, facts } = repeat;
        let mut offsets = vec![0; instructions.len() + 1];
        self.ops.bind(label);
        self.map = map;
        self.block = BlockState { facts, again: Some(label), ..BlockState::default() };
        offsets[0] = self.ops.position();
        let end = pc + 4 * instructions.len() as u64;
        match self.entry(end) {
            Some((next, next_map)) => {
                self.body(pc, instructions, next_map, &mut offsets);
                asm!(self ; jmp =>next);
            }
            None => {
                let common = &self.maps[0].common;
                self.body(pc, instructions, common, &mut offsets);
                self.leave(end, self.exits.no_block);
            }
        }
        offsets[instructions.len()] = self.ops.position();
        (pc, offsets)
    }

    fn body(&mut self, pc: u64, instructions: &'p [Option<Instruction>], next_map: &RegisterMap, offsets: &mut [u32]) {
        self.block_head(pc, instructions);
        self.begin_values(instructions);
        let mut index = 0;
        while index < instructions.len() {
            if index > 0 {
                offsets[index] = self.ops.position();
            }
            let instruction = |index: usize| instructions[index].expect("what does not decode is a block of its own");
            let first = instruction(index);
            self.upcoming = &instructions[index + 1..];
            let next = self.upcoming.first().copied().flatten();
            self.begin_instruction(index, first);
            self.block.row = self.begin_row(pc, index, first);
            let end = if next.is_some_and(|next| self.is_full_product(first, next)) {
                let second = instruction(index + 1);
                self.begin_instruction(index + 1, second);
                let row = self.begin_row(pc, index + 1, second);
                self.full_product(first, second);
                self.end_row(row, second);
                offsets[index + 1] = self.ops.position();
                index + 2
            } else {
                self.instruction(pc + 4 * index as u64, first);
                index + 1
            };
            self.end_row(self.block.row, first);
            for done in index..end {
                self.end_instruction(done, instruction(done));
                self.block.facts.update(pc + 4 * done as u64, instruction(done));
            }
            index = end;
        }
        match instructions.last().copied().flatten().map(Instruction::flow) {
            Some(Flow::Next) => {
                self.bump_log();
                self.settle(next_map);
            }
            Some(Flow::Branch { .. }) => self.change_map(self.map, next_map),
            _ => {}
        }
    }

    fn block_head(&mut self, pc: u64, instructions: &[Option<Instruction>]) {
        self.block.steps = instructions.len();
        let steps = instructions.len() as i32;
        let over_budget = self.ops.new_label();
        match i8::try_from(steps) {
            Ok(steps) => asm!(self ; sub r14, BYTE steps),
            Err(_) => asm!(self ; sub r14, steps),
        }
        asm!(self ; jb =>over_budget);
        self.cold.push(Cold::OverBudget { label: over_budget, pc, steps });
        if self.mode != Mode::Untraced {
            let logged = instructions.iter().flatten().filter_map(|instruction| instruction.logged_width());
            self.block.log_total = logged.map(|width| width.bytes() as i32).sum();
        }
        match self.mode {
            Mode::Traced => self.prefetch_log(),
            Mode::Replay => self.begin_rows(instructions),
            Mode::Untraced => {}
        }
    }

    /// Has the log's memory in the first cache by the time it is written. Measured: of the log's cost, two fifths of keccak's
    /// and half of ecdsa's are gone.
    fn prefetch_log(&mut self) {
        /// Bytes ahead.
        const DISTANCE: i32 = 2048;
        const LINE: i32 = 64;
        /// Entries in bytes that are worth an instruction.
        const LEAST: i32 = 16;
        for line in (0..=self.block.log_total - LEAST).step_by(LINE as usize) {
            asm!(self ; prefetchw [r15 + DISTANCE + line]);
        }
    }

    /// Moves the log past the block's entries, and counts its rows. Clobbers flags.
    pub(super) fn bump_log(&mut self) {
        if self.mode == Mode::Replay {
            self.end_rows(self.block.steps);
        }
        match self.block.log_total {
            0 => {}
            bytes @ 1..=127 => asm!(self ; lea r15, [BYTE r15 + bytes as i8]),
            bytes => asm!(self ; lea r15, [r15 + bytes]),
        }
    }

    fn instruction(&mut self, pc: u64, instruction: Instruction) {
        match instruction {
            Instruction::Lui { rd, imm } => self.define(rd, Value::Constant(imm as u64)),
            Instruction::Auipc { rd, imm } => self.define(rd, Value::Constant(pc.wrapping_add(imm as u64))),
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
}
