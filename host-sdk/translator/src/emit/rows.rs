//! Replay's rows: what a block's steps add to the tiles of their classes.
//!
//! A block adds a fixed number of rows to each class, so that within it every row has a fixed distance from where the tile
//! ended before, and that end moves once per class and block. The ends of the most used classes are in registers, the others in the state
//! block. `xmm15` holds the number of the block's first step twice, each in the upper half of 8 bytes: with a constant added, it is the first cells of
//! two rows.

use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi, dynasm};
use zkvm_machine::{Class, Instruction, Program, Reg};

use super::Emitter;
use super::assembler::asm;
use super::value::Value;
use crate::layout::{field, tile_end};
use crate::options::Mode;
use crate::tiles::{TileColumn, row_cells};

/// x86 registers that hold ends of tiles.
const ENDS: [u8; 3] = [3, 6, 7];

/// The classes whose tiles' ends they hold.
pub(super) type HeldClasses = [Class; ENDS.len()];

/// The rows of the current block.
pub(super) struct BlockRows {
    /// Per class the bytes of those begun so far.
    begun: [i32; Class::ALL.len()],
    /// Per class by how much its end has been moved already.
    moved: [i32; Class::ALL.len()],
    /// Whether the next row is the second of a pair.
    second: bool,
    /// Classes whose ends are in registers.
    held: HeldClasses,
}

impl Default for BlockRows {
    fn default() -> BlockRows {
        BlockRows {
            begun: [0; Class::ALL.len()],
            moved: [0; Class::ALL.len()],
            second: false,
            held: [Class::Add, Class::Load, Class::Branch],
        }
    }
}

/// The row of the current instruction.
#[derive(Clone, Copy)]
pub(super) struct Row {
    class: Class,
    /// Bytes from the end of the tile.
    offset: i32,
}

/// First cells of two rows, less the block's first step; behind the code.
pub(super) struct FirstCells {
    label: DynamicLabel,
    cells: [u64; 2],
}

/// The most used classes of a program, an occurrence inside a loop counting as `weights` has it.
pub(super) fn most_used_classes(program: &Program, weights: impl Fn(usize) -> Vec<u64>) -> HeldClasses {
    let mut uses = [0u64; Class::ALL.len()];
    for (index, range) in program.text().iter().enumerate() {
        for (instruction, weight) in range.slots.iter().flatten().zip(weights(index)) {
            if let Some(class) = Class::of(*instruction) {
                uses[class as usize] += weight;
            }
        }
    }
    let mut classes = Class::ALL;
    classes.sort_by_key(|&class| std::cmp::Reverse(uses[class as usize]));
    [classes[0], classes[1], classes[2]]
}

impl Emitter<'_> {
    pub(super) fn load_ends(&mut self) {
        asm!(self ; vmovdqu xmm15, [rbp + field!(step)]);
        for (end, class) in ENDS.into_iter().zip(self.held) {
            asm!(self ; mov Rq(end), [rbp + tile_end(class)]);
        }
    }

    pub(super) fn store_ends(&mut self) {
        for (end, class) in ENDS.into_iter().zip(self.held) {
            asm!(self ; mov [rbp + tile_end(class)], Rq(end));
        }
    }

    /// At the head of a block.
    pub(super) fn begin_rows(&mut self, instructions: &[Option<Instruction>]) {
        /// Rows of a class that are worth an exchange of ends, there and back.
        const WORTH: u16 = 4;
        let mut counts = [0u16; Class::ALL.len()];
        for class in instructions.iter().flatten().filter_map(|&instruction| Class::of(instruction)) {
            counts[class as usize] += 1;
        }
        let mut others: Vec<Class> = Class::ALL.into_iter().filter(|class| !self.held.contains(class)).collect();
        others.sort_by_key(|&class| counts[class as usize]);
        let mut held = self.held;
        let mut order: Vec<usize> = (0..held.len()).collect();
        order.sort_by_key(|&index| counts[held[index] as usize]);
        for index in order {
            if let Some(other) =
                others.pop().filter(|&other| counts[other as usize] > counts[held[index] as usize] + WORTH)
            {
                held[index] = other;
            }
        }
        self.exchange_ends(self.held, held);
        self.block.rows = BlockRows { held, ..BlockRows::default() };
    }

    fn exchange_ends(&mut self, from: HeldClasses, to: HeldClasses) {
        for ((from, to), end) in from.into_iter().zip(to).zip(ENDS) {
            if from != to {
                asm!(self ; mov [rbp + tile_end(from)], Rq(end) ; mov Rq(end), [rbp + tile_end(to)]);
            }
        }
    }

    /// Writes the first cell of a row, and makes that of the next.
    fn first_cell(&mut self, row: Row, end: u8, first: u64, next: u64) {
        let second = self.block.rows.second;
        self.block.rows.second = !second;
        if !second {
            let cells = self.constant_cells([first, next]);
            asm!(self ; vpaddd xmm0, xmm15, [=>cells]);
        }
        match (second, i8::try_from(row.offset)) {
            (false, Ok(offset)) => asm!(self ; vmovq [BYTE Rq(end) + offset], xmm0),
            (false, Err(_)) => asm!(self ; vmovq [Rq(end) + row.offset], xmm0),
            (true, Ok(offset)) => asm!(self ; vmovhps [BYTE Rq(end) + offset], xmm0),
            (true, Err(_)) => asm!(self ; vmovhps [Rq(end) + row.offset], xmm0),
        }
    }

    fn constant_cells(&mut self, cells: [u64; 2]) -> DynamicLabel {
        let label = self.ops.new_label();
        self.first_cells.push(FirstCells { label, cells });
        label
    }

    /// Emits what was put aside.
    pub(super) fn first_cells(&mut self) {
        asm!(self ; .align 16);
        for FirstCells { label, cells } in std::mem::take(&mut self.first_cells) {
            self.ops.bind(label);
            for cell in cells {
                asm!(self ; .u64 cell);
            }
        }
    }

    /// A register with the end of a tile, for the current instruction.
    fn end_of(&mut self, class: Class) -> u8 {
        held_end(&self.block.rows.held, class).unwrap_or_else(|| {
            let end = self.temp();
            asm!(self ; mov Rq(end), [rbp + tile_end(class)]);
            end
        })
    }

    fn next_row(&mut self, class: Class) -> Row {
        /// As far as short displacements reach back.
        const BEHIND: i32 = 128;
        let BlockRows { begun, moved, held, .. } = &mut self.block.rows;
        let at = begun[class as usize];
        begun[class as usize] += row_bytes(class);
        let moved = &mut moved[class as usize];
        if i8::try_from(at + row_bytes(class) - *moved).is_err()
            && let Some(end) = held_end(held, class)
        {
            let by = at + BEHIND - *moved;
            *moved += by;
            asm!(self ; lea Rq(end), [Rq(end) + by]);
        }
        Row { class, offset: at - *moved }
    }

    /// Writes the operands of the next instruction, number `index` of the block at `block`, to its row.
    pub(super) fn begin_row(&mut self, block: u64, index: usize, instruction: Instruction) -> Option<Row> {
        let class = Class::of(instruction).filter(|_| self.mode == Mode::Replay)?;
        let row = self.next_row(class);
        let (rs1, rs2) = instruction.sources();
        let end = self.end_of(class);
        let first = |index: usize| (index as u64) << 32 | (block + 4 * index as u64) & u64::from(u32::MAX);
        self.first_cell(row, end, first(index), first(index + 1));
        for &column in TileColumn::of(class) {
            match (column, instruction) {
                (TileColumn::Address, Instruction::Load { offset, .. } | Instruction::Store { offset, .. }) => {
                    self.address_to_row(row, end, rs1, offset);
                }
                (TileColumn::Rs2Value, _) => self.reg_to_row(row, end, column, rs2),
                (TileColumn::RdValue, _) => {}
                (TileColumn::Rs1Value | TileColumn::Address, _) => self.reg_to_row(row, end, column, rs1),
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
            if !matches!(self.value(rd), Value::Constant(_)) {
                self.read(rd);
            }
            let end = self.end_of(row.class);
            self.reg_to_row(row, end, TileColumn::RdValue, rd);
        }
    }

    /// Writes what a load has found to its row.
    pub(super) fn loaded_to_row(&mut self, host: u8) {
        if let Some(row) = self.block.row {
            let end = self.end_of(row.class);
            self.host_to_row(row, end, TileColumn::RdValue, host);
        }
    }

    fn address_to_row(&mut self, row: Row, end: u8, base: Reg, offset: i32) {
        if offset == 0 {
            return self.reg_to_row(row, end, TileColumn::Address, base);
        }
        let base = self.read(base);
        let address = self.temp();
        asm!(self ; lea Rq(address), [Rq(base) + offset]);
        self.host_to_row(row, end, TileColumn::Address, address);
    }

    fn reg_to_row(&mut self, row: Row, end: u8, column: TileColumn, reg: Reg) {
        if let Value::Constant(value) = self.value(reg)
            && let Ok(value) = i32::try_from(value as i64)
        {
            let at = place(row, column);
            return match i8::try_from(at) {
                Ok(at) => asm!(self ; mov QWORD [BYTE Rq(end) + at], value),
                Err(_) => asm!(self ; mov QWORD [Rq(end) + at], value),
            };
        }
        let host = self.read(reg);
        self.host_to_row(row, end, column, host);
    }

    fn host_to_row(&mut self, row: Row, end: u8, column: TileColumn, host: u8) {
        let at = place(row, column);
        match i8::try_from(at) {
            Ok(at) => asm!(self ; mov [BYTE Rq(end) + at], Rq(host)),
            Err(_) => asm!(self ; mov [Rq(end) + at], Rq(host)),
        }
    }

    /// Moves the tiles' ends behind the block's `steps` rows, all of which have begun. Clobbers flags.
    pub(super) fn end_rows(&mut self, steps: usize) {
        let cells = self.constant_cells([(steps as u64) << 32; 2]);
        asm!(self ; vpaddd xmm15, xmm15, [=>cells]);
        for class in Class::ALL {
            let bytes = self.block.rows.begun[class as usize] - self.block.rows.moved[class as usize];
            if bytes == 0 {
                continue;
            }
            match (held_end(&self.block.rows.held, class), i8::try_from(bytes)) {
                (Some(end), Ok(bytes)) => asm!(self ; add Rq(end), BYTE bytes),
                (Some(end), Err(_)) => asm!(self ; add Rq(end), bytes),
                (None, Ok(bytes)) => asm!(self ; add QWORD [rbp + tile_end(class)], BYTE bytes.into()),
                (None, Err(_)) => asm!(self ; add QWORD [rbp + tile_end(class)], bytes),
            }
        }
        self.exchange_ends(self.block.rows.held, self.held);
    }
}

fn held_end(held: &HeldClasses, class: Class) -> Option<u8> {
    held.iter().position(|&held| held == class).map(|index| ENDS[index])
}

const fn row_bytes(class: Class) -> i32 {
    8 * row_cells(class) as i32
}

/// Bytes from the end of the tile.
fn place(row: Row, column: TileColumn) -> i32 {
    let columns = TileColumn::of(row.class);
    let number = columns.iter().position(|&other| other == column).expect("asked of classes that have it");
    row.offset + 8 * (1 + number as i32)
}
