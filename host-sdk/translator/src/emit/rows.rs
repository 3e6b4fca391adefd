//! Replay's rows: what a block's steps add to the tiles of their classes.
//!
//! A block adds a fixed number of rows to each class, so that within it every row has a fixed distance from the rows that the
//! class had before, and their number changes once per class and block. Step and pc of a block's rows are constants, but for
//! the step at which it begins: they are written eight at a time.

use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi, dynasm};
use zkvm_machine::{Class, Instruction, Reg};

use super::Emitter;
use super::assembler::asm;
use super::value::Value;
use crate::layout::{STATE_BIAS, field, rows, tiles_offset};
use crate::options::Mode;
use crate::tiles::{TileColumn, place};

/// x86 registers that hold numbers of rows: of the classes with most rows in the block one each, and of the others the last.
const INDEXES: [u8; 3] = [11, 12, 13];

/// Rows whose constants are written at once.
const LANES: usize = 8;

/// The rows of the current block.
#[derive(Default)]
pub(super) struct BlockRows {
    /// Per class those of the block, and those written so far.
    total: [u16; Class::ALL.len()],
    written: [u16; Class::ALL.len()],
    /// Whose number of rows the index registers hold.
    held: [Option<Class>; INDEXES.len()],
}

/// The row of the current instruction.
#[derive(Clone, Copy)]
pub(super) struct Row {
    class: Class,
    number: i32,
}

/// Constants of a block's rows, behind the code.
pub(super) struct Constants {
    label: DynamicLabel,
    lanes: [u32; LANES],
}

impl Emitter<'_> {
    /// At the head of the block at `pc`, when only homes are in use: steps and pcs of all its rows.
    pub(super) fn begin_rows(&mut self, pc: u64, instructions: &[Option<Instruction>]) {
        let mut members: [Vec<u32>; Class::ALL.len()] = Default::default();
        for (index, instruction) in instructions.iter().enumerate() {
            if let Some(class) = instruction.and_then(Class::of) {
                members[class as usize].push(index as u32);
            }
        }
        let mut classes: Vec<Class> =
            Class::ALL.into_iter().filter(|&class| !members[class as usize].is_empty()).collect();
        classes.sort_by_key(|&class| std::cmp::Reverse(members[class as usize].len()));
        self.block.rows = BlockRows { total: members.each_ref().map(|rows| rows.len() as u16), ..BlockRows::default() };
        self.block.rows.held.iter_mut().zip(&classes).for_each(|(held, &class)| *held = Some(class));
        asm!(self ; mov eax, [rbp + field!(step_base)] ; sub eax, r14d);
        if classes.first().is_some_and(|&most| members[most as usize].len() > 1) {
            asm!(self ; vmovd xmm0, eax ; vpbroadcastd ymm0, xmm0);
        }
        for (rank, &class) in classes.iter().enumerate() {
            let index = INDEXES[rank.min(INDEXES.len() - 1)];
            asm!(self ; mov Rq(index), [rbp + rows(class)]);
            self.block.rows.held[rank.min(INDEXES.len() - 1)] = Some(class);
            let steps = instructions.len() as u32;
            self.steps_and_pcs(pc, steps, class, index, &members[class as usize]);
        }
    }

    /// Of the rows of a class; `members` are its instructions' numbers in the block of `steps`.
    fn steps_and_pcs(&mut self, pc: u64, steps: u32, class: Class, index: u8, members: &[u32]) {
        let (step_at, pc_at) = (self.tile(place(class).step), self.tile(place(class).pc));
        let step = |&member: &u32| member.wrapping_sub(steps);
        let pc = |&member: &u32| pc as u32 + 4 * member;
        if let [member] = members {
            asm!(self
                ; lea edx, [rax + step(member) as i32]
                ; mov [rbp + Rq(index) * 4 + step_at], edx
                ; mov DWORD [rbp + Rq(index) * 4 + pc_at], pc(member) as i32
            );
            return;
        }
        for (group, members) in members.chunks(LANES).enumerate() {
            let steps = self.constants(members.iter().map(step));
            let pcs = self.constants(members.iter().map(pc));
            let (step_at, pc_at) = (step_at + 4 * (LANES * group) as i32, pc_at + 4 * (LANES * group) as i32);
            if members.len() <= LANES / 2 {
                asm!(self
                    ; vpaddd xmm1, xmm0, [=>steps]
                    ; vmovdqu [rbp + Rq(index) * 4 + step_at], xmm1
                    ; vmovdqu xmm2, [=>pcs]
                    ; vmovdqu [rbp + Rq(index) * 4 + pc_at], xmm2
                );
            } else {
                asm!(self
                    ; vpaddd ymm1, ymm0, [=>steps]
                    ; vmovdqu [rbp + Rq(index) * 4 + step_at], ymm1
                    ; vmovdqu ymm2, [=>pcs]
                    ; vmovdqu [rbp + Rq(index) * 4 + pc_at], ymm2
                );
            }
        }
    }

    fn constants(&mut self, values: impl Iterator<Item = u32>) -> DynamicLabel {
        let label = self.ops.new_label();
        let mut lanes = [0; LANES];
        lanes.iter_mut().zip(values).for_each(|(lane, value)| *lane = value);
        self.constants.push(Constants { label, lanes });
        label
    }

    /// Emits what was put aside.
    pub(super) fn constant_pool(&mut self) {
        for Constants { label, lanes } in std::mem::take(&mut self.constants) {
            asm!(self ; .align 32);
            self.ops.bind(label);
            for lane in lanes {
                asm!(self ; .u32 lane);
            }
        }
    }

    /// Displacement from `rbp` of an offset in the tiles.
    fn tile(&self, offset: usize) -> i32 {
        (tiles_offset(self.table.slots) + offset) as i32 - STATE_BIAS
    }

    /// The register that holds the number of rows of `class`.
    fn index(&mut self, class: Class) -> u8 {
        let last = INDEXES.len() - 1;
        if let Some(place) = self.block.rows.held.iter().position(|&held| held == Some(class)) {
            return INDEXES[place];
        }
        asm!(self ; mov Rq(INDEXES[last]), [rbp + rows(class)]);
        self.block.rows.held[last] = Some(class);
        INDEXES[last]
    }

    /// Writes the operands of the next instruction to its row.
    pub(super) fn begin_row(&mut self, instruction: Instruction) -> Option<Row> {
        let class = Class::of(instruction).filter(|_| self.mode == Mode::Replay)?;
        let written = &mut self.block.rows.written[class as usize];
        let row = Row { class, number: i32::from(*written) };
        *written += 1;
        let (rs1, rs2) = instruction.sources();
        match instruction {
            Instruction::Load { offset, .. } => self.address_to_row(row, rs1, offset),
            Instruction::Store { offset, .. } => {
                self.address_to_row(row, rs1, offset);
                self.to_row(row, TileColumn::Rs2Value, rs2);
            }
            _ => {
                for (column, source) in [(TileColumn::Rs1Value, rs1), (TileColumn::Rs2Value, rs2)] {
                    if TileColumn::of(class).contains(&column) {
                        self.to_row(row, column, source);
                    }
                }
            }
        }
        self.values.pinned = 0;
        Some(row)
    }

    /// Writes the result of the instruction before to its row; that of a load is there already.
    pub(super) fn end_row(&mut self, row: Option<Row>, instruction: Instruction) {
        if let (Some(row), Some(rd)) = (row, instruction.destination())
            && row.class != Class::Load
            && TileColumn::of(row.class).contains(&TileColumn::RdValue)
        {
            self.values.pinned = 0;
            self.to_row(row, TileColumn::RdValue, rd);
        }
    }

    fn address_to_row(&mut self, row: Row, base: Reg, offset: i32) {
        if offset == 0 {
            return self.to_row(row, TileColumn::Address, base);
        }
        let base = self.read(base);
        let address = self.temp();
        asm!(self ; lea Rq(address), [Rq(base) + offset]);
        self.host_to_row(row, TileColumn::Address, address);
    }

    fn to_row(&mut self, row: Row, column: TileColumn, reg: Reg) {
        if let Value::Constant(value) = self.value(reg)
            && let Ok(value) = i32::try_from(value as i64)
        {
            let index = self.index(row.class);
            let at = self.column(row, column);
            asm!(self ; mov QWORD [rbp + Rq(index) * 8 + at], value);
            return;
        }
        let host = self.read(reg);
        self.host_to_row(row, column, host);
    }

    pub(super) fn host_to_row(&mut self, row: Row, column: TileColumn, host: u8) {
        let index = self.index(row.class);
        let at = self.column(row, column);
        asm!(self ; mov [rbp + Rq(index) * 8 + at], Rq(host));
    }

    fn column(&self, row: Row, column: TileColumn) -> i32 {
        let columns = TileColumn::of(row.class);
        let number = columns.iter().position(|&other| other == column).expect("asked of classes that have it");
        self.tile(place(row.class).values[number]) + 8 * row.number
    }

    /// The block's rows count. Clobbers flags.
    pub(super) fn end_rows(&mut self) {
        for class in Class::ALL {
            match self.block.rows.total[class as usize] {
                0 => {}
                count @ 1..=127 => asm!(self ; add QWORD [rbp + rows(class)], BYTE i32::from(count)),
                count => asm!(self ; add QWORD [rbp + rows(class)], i32::from(count)),
            }
        }
    }
}
