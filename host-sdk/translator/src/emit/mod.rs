//! Program → x86-64 code. One emitter per instruction class; registers of the generated code:
//!
//! | register | holds |
//! |---|---|
//! | `rbp` | the state block (`layout`) |
//! | `r14` | steps left in the budget |
//! | `r15` | where the current block's log entries start |
//! | the 13 others | values of guest registers, between blocks by their maps (`registers`), inside as `values` has it |
//! | `gs` base | start of the guest window |
//!
//! No emitter writes a guest register before the last point at which its instruction can fault or stop.

#![allow(clippy::useless_conversion, reason = "`dynasm!` converts operands that are of the right type already")]

mod alu;
mod assembler;
mod atomic;
mod block;
mod control;
mod facts;
mod frame;
mod memory;
mod mul;
mod rows;
mod settle;
mod value;
mod values;

use dynasmrt::{DynamicLabel, DynasmLabelApi, dynasm};
use zkvm_machine::{Instruction, Program, TextRange};

use crate::blocks::{Entries, find_entries};
use crate::options::{Mode, TranslateOptions};
use crate::registers::{RangeMaps, Region, RegisterMap, weights};
use assembler::{Assembler, asm};
use block::{BlockState, Repeat};
use control::Cold;
pub(crate) use value::Value;
use values::Values;

/// Code and the tables that go with it. Offsets count from the start of the code.
pub(crate) struct Emitted {
    pub code: Vec<u8>,
    pub ranges: Vec<EmittedRange>,
    /// Code of instructions that have some in their range's table already: where it begins, ascending, and their addresses.
    /// The address 0 is that of none.
    pub copies: Vec<(u32, u32)>,
    pub fault_exit: u32,
    pub not_entry: u32,
}

/// Tables of one text range.
pub(crate) struct EmittedRange {
    pub start: u64,
    pub entries: Entries,
    pub maps: RangeMaps,
    /// Blocks with a map of their own, and where to enter them with the common one.
    pub adapters: Vec<(u32, u32)>,
    /// Per slot where its code starts (for an entry: where it is entered), and at the end where the last one ends.
    pub offsets: Vec<u32>,
}

/// State of a translation.
pub(crate) struct Emitter<'p> {
    program: &'p Program,
    ops: Assembler,
    maps: &'p [RangeMaps],
    /// The current block's.
    map: &'p RegisterMap,
    mode: Mode,
    /// Index of the text range the jump table covers, and its bounds.
    table: TextBounds,
    /// Per range, per slot: the label of an entry.
    labels: Vec<Vec<Option<DynamicLabel>>>,
    /// Instructions of the current block that follow.
    upcoming: &'p [Option<Instruction>],
    values: Values,
    /// Whether the flags hold the carry that the next instruction asks for.
    carry: bool,
    /// At which instruction the values are wanted, and those at the last time it could stop.
    record: Option<(u64, [Value; 32])>,
    exits: frame::Exits,
    repeats: Vec<Repeat<'p>>,
    cold: Vec<Cold<'p>>,
    first_cells: Vec<rows::FirstCells>,
    held: rows::HeldClasses,
    block: BlockState,
}

/// The text range that indirect jumps reach without help.
#[derive(Clone, Copy)]
pub(crate) struct TextBounds {
    pub start: u64,
    pub slots: u64,
}

/// The largest text range: where the jump table is.
pub(crate) fn table_range(program: &Program) -> TextBounds {
    let largest = program.text().iter().max_by_key(|range| (range.slots.len(), range.start));
    let bounds = |range: &TextRange| TextBounds { start: range.start, slots: range.slots.len() as u64 };
    largest.map_or(TextBounds { start: 0, slots: 0 }, bounds)
}

/// Translates `program`.
pub(crate) fn emit(program: &Program, options: &TranslateOptions) -> Emitted {
    let entries = find_entries(program, options.mode, options.max_block);
    let maps = RangeMaps::of(program, &entries, options.mode, options.maps);
    let mut emitter = Emitter::new(program, options.mode, &entries, &maps);
    emitter.frame();
    let text = || program.text().iter().zip(&entries).enumerate();
    let offsets: Vec<_> = text().map(|(index, (range, entries))| emitter.range(index, range, entries)).collect();
    let copies = emitter.repeats();
    emitter.cold_code();
    emitter.first_cells();
    let adapters: Vec<_> = text().map(|(index, (_, entries))| emitter.adapters(index, entries)).collect();
    let exits = &emitter.exits;
    let (fault_exit, not_entry) = (emitter.ops.offset_of(exits.fault), emitter.ops.offset_of(exits.not_entry));
    let code = emitter.ops.finish();
    let tables = entries.into_iter().zip(maps).zip(adapters).zip(offsets);
    let range = |(range, (((entries, maps), adapters), offsets)): (&TextRange, _)| EmittedRange {
        start: range.start,
        entries,
        maps,
        adapters,
        offsets,
    };
    let ranges = program.text().iter().zip(tables).map(range).collect();
    Emitted { code, ranges, copies, fault_exit, not_entry }
}

/// Where the guest's registers are when native code stops inside a block, at `pc`, by translating the block once more.
/// `entries` and `maps` are those of the translation, per text range.
pub(crate) fn values_at(
    program: &Program,
    mode: Mode,
    entries: &[Entries],
    maps: &[RangeMaps],
    pc: u64,
) -> [Value; 32] {
    let ranges = program.text();
    let index = ranges.partition_point(|range| range.start <= pc) - 1;
    let range = &ranges[index];
    let (start, end) = entries[index].block_of(((pc - range.start) / 4) as usize);
    let mut emitter = Emitter::new(program, mode, entries, maps);
    emitter.record = Some((pc, [Value::Slot; 32]));
    let block = range.start + 4 * start as u64;
    emitter.block(block, &range.slots[start..end], &maps[index].common, &mut vec![0; end - start]);
    emitter.record.map_or([Value::Slot; 32], |(_, values)| values)
}

impl<'p> Emitter<'p> {
    fn new(program: &'p Program, mode: Mode, entries: &[Entries], maps: &'p [RangeMaps]) -> Emitter<'p> {
        const NO_TEXT: &RegisterMap = &RegisterMap::EMPTY;
        let mut ops = Assembler::new(program.text_bytes());
        let exits = frame::Exits::new(&mut ops);
        let label = |&entry: &bool, ops: &mut Assembler| entry.then(|| ops.new_label());
        let labels =
            entries.iter().map(|entries| entries.flags().iter().map(|flag| label(flag, &mut ops)).collect()).collect();
        Emitter {
            program,
            ops,
            maps,
            map: maps.first().map_or(NO_TEXT, |maps| &maps.common),
            mode,
            table: table_range(program),
            labels,
            upcoming: &[],
            values: Values::default(),
            carry: false,
            record: None,
            exits,
            repeats: Vec::new(),
            cold: Vec::new(),
            first_cells: Vec::new(),
            held: rows::most_used_classes(program, |index| weights(&program.text()[index])),
            block: BlockState::default(),
        }
    }

    fn range(&mut self, index: usize, range: &'p TextRange, entries: &Entries) -> Vec<u32> {
        let mut offsets = vec![0; range.slots.len() + 1];
        let mut slot = 0;
        while slot < range.slots.len() {
            let end = entries.block_end(slot);
            let maps = &self.maps[index];
            let next_map = if end < range.slots.len() { maps.at(end) } else { &maps.common };
            let pc = range.start + 4 * slot as u64;
            self.block(pc, &range.slots[slot..end], next_map, &mut offsets[slot..end]);
            slot = end;
        }
        // Falling off the end of the text is a jump to the address after it.
        self.leave(range.end(), self.exits.no_block);
        offsets[range.slots.len()] = self.ops.position();
        offsets
    }

    /// Emits what was put aside of loops.
    fn repeats(&mut self) -> Vec<(u32, u32)> {
        let mut copies = Vec::new();
        for repeat in std::mem::take(&mut self.repeats) {
            let (pc, offsets) = self.repeat(&repeat);
            let pcs = (pc as u32..).step_by(4).take(offsets.len() - 1).chain([0]);
            copies.extend(offsets.into_iter().zip(pcs));
        }
        copies
    }

    /// The label of the entry at guest address `pc` and its map, if it is one.
    fn entry(&self, pc: u64) -> Option<(DynamicLabel, &'p RegisterMap)> {
        let ranges = self.program.text();
        let index = ranges.partition_point(|range| range.start <= pc).checked_sub(1)?;
        let slot = ((pc - ranges[index].start) / 4) as usize;
        let label = self.labels[index].get(slot).copied().flatten().filter(|_| pc.is_multiple_of(4))?;
        Some((label, self.maps[index].at(slot)))
    }

    /// Code that indirect jumps reach, in front of the blocks of a text range that have a map of their own.
    fn adapters(&mut self, index: usize, entries: &Entries) -> Vec<(u32, u32)> {
        let RangeMaps { common, regions } = &self.maps[index];
        let mut adapters = Vec::new();
        for Region { slots, map } in regions {
            for slot in slots.clone().filter(|&slot| entries.is_entry(slot as usize)) {
                adapters.push((slot, self.ops.position()));
                self.change_map(common, map);
                let block = self.labels[index][slot as usize].expect("entries have labels");
                asm!(self ; jmp =>block);
            }
        }
        adapters
    }
}
