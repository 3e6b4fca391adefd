//! Program → x86-64 code. One emitter per instruction class; registers of the generated code:
//!
//! | register | holds |
//! |---|---|
//! | `rbp` | the state block (`layout`) |
//! | `r14` | steps left in the budget |
//! | `r15` | where the current block's log entries start |
//! | `rax`, `rdx` | nothing between two guest instructions |
//! | the 11 others | guest registers, by `registers` |
//! | `gs` base | start of the guest window |
//!
//! No emitter writes a guest register before the last point at which its instruction can fault or stop.

#![allow(clippy::useless_conversion, reason = "`dynasm!` converts operands that are of the right type already")]

mod alu;
mod assembler;
mod atomic;
mod block;
mod control;
mod frame;
mod memory;
mod mul;

use dynasmrt::DynamicLabel;
use zkvm_machine::{Program, TextRange};

use crate::blocks::{Entries, find_entries};
use crate::options::{Mode, TranslateOptions};
use crate::registers::RegisterMap;
use assembler::Assembler;
use block::BlockState;
use control::Cold;

/// Code and the tables that go with it. Offsets count from the start of the code.
pub(crate) struct Emitted {
    pub code: Vec<u8>,
    pub ranges: Vec<EmittedRange>,
    pub fault_exit: u32,
    pub not_entry: u32,
}

/// Tables of one text range.
pub(crate) struct EmittedRange {
    pub start: u64,
    pub entries: Entries,
    /// Per slot where its code starts (for an entry: where it is entered), and at the end where the last one ends.
    pub offsets: Vec<u32>,
}

/// State of a translation.
pub(crate) struct Emitter<'p> {
    program: &'p Program,
    ops: Assembler,
    registers: RegisterMap,
    mode: Mode,
    /// Index of the text range the jump table covers, and its bounds.
    table: TextBounds,
    /// Per range, per slot: the label of an entry.
    labels: Vec<Vec<Option<DynamicLabel>>>,
    exits: frame::Exits,
    cold: Vec<Cold>,
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
    let entries = find_entries(program, options.max_block);
    let registers = RegisterMap::for_program(program);
    let mut ops = Assembler::new(program.text_bytes());
    let exits = frame::Exits::new(&mut ops);
    let label = |&entry: &bool, ops: &mut Assembler| entry.then(|| ops.new_label());
    let labels =
        entries.iter().map(|entries| entries.flags().iter().map(|flag| label(flag, &mut ops)).collect()).collect();
    let mut emitter = Emitter {
        program,
        ops,
        registers,
        mode: options.mode,
        table: table_range(program),
        labels,
        exits,
        cold: Vec::new(),
        block: BlockState::default(),
    };
    emitter.frame();
    let mut ranges = Vec::new();
    for (index, (range, entries)) in program.text().iter().zip(entries).enumerate() {
        let offsets = emitter.range(index, range, &entries);
        ranges.push(EmittedRange { start: range.start, entries, offsets });
    }
    emitter.cold_code();
    let (fault_exit, not_entry) =
        (emitter.ops.offset_of(emitter.exits.fault), emitter.ops.offset_of(emitter.exits.not_entry));
    Emitted { code: emitter.ops.finish(), ranges, fault_exit, not_entry }
}

impl Emitter<'_> {
    fn range(&mut self, index: usize, range: &TextRange, entries: &Entries) -> Vec<u32> {
        let mut offsets = vec![0; range.slots.len() + 1];
        let mut slot = 0;
        while slot < range.slots.len() {
            let end = entries.block_end(slot);
            self.block(index, range, slot..end, &mut offsets[slot..end]);
            slot = end;
        }
        // Falling off the end of the text is a jump to the address after it.
        self.leave_at(range.end());
        offsets[range.slots.len()] = self.ops.position();
        offsets
    }

    /// The label of the entry at guest address `pc`, if it is one.
    fn entry_label(&self, pc: u64) -> Option<DynamicLabel> {
        let ranges = self.program.text();
        let index = ranges.partition_point(|range| range.start <= pc).checked_sub(1)?;
        let slot = (pc - ranges[index].start) / 4;
        (pc.is_multiple_of(4)).then(|| self.labels[index].get(slot as usize).copied().flatten()).flatten()
    }
}
