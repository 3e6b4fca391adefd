//! The steps of a chunk, counted by instruction, and the rows that follow from the counts.

use zkvm_circuit::cells::{RESERVATION, START_TIME, source};
use zkvm_circuit::chips::program::{CoreFields, ProgramRows};
use zkvm_circuit::chips::{atomic, atomic::AtomicFields, core, ecall, misaligned};
use zkvm_circuit::{ChipId, Op};
use zkvm_machine::{Instruction, Program, Reg, StepRecord, Width};

use super::touched::{OpenedTree, Touched};
use super::{PerTable, TABLES};

/// The limits of `segment/assign.rs`: leaves and nodes that a segment opens, and its misaligned accesses.
const MAX_OPENED: usize = 1 << 16;
const MAX_MISALIGNED: u64 = 1 << 17;

/// What was counted at one instruction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SlotCount {
    pub(super) steps: u64,
    /// Of these, accesses not aligned to their width.
    pub(super) misaligned: u64,
    /// Bridges to a cell's access long ago.
    pub(super) bridges: u64,
    /// Leaves that it was the first to touch.
    pub(super) leaves: u64,
}

impl SlotCount {
    pub(super) fn add(&mut self, other: &SlotCount) {
        self.steps += other.steps;
        self.misaligned += other.misaligned;
        self.bridges += other.bridges;
        self.leaves += other.leaves;
    }
}

/// What a step at an instruction accesses besides memory, prepared once per program.
#[derive(Clone, Copy)]
struct Slot {
    pc: u64,
    instruction: Instruction,
    /// Cells of rs1, rs2 and rd, as the tables access them; for loads and stores the one that is the memory word is 0.
    cells: [u64; 3],
}

/// Counts the steps of a run of one program, segment by segment.
pub(super) struct Counter {
    rows: ProgramRows,
    /// One per instruction slot, in the order of the rows of the program's table.
    slots: Vec<Option<Slot>>,
    /// Counts of the whole run so far, in the same order.
    counts: Vec<SlotCount>,
    touched: Touched,
    time: u64,
    /// Misaligned accesses of the segment.
    misaligned: u64,
}

impl Counter {
    pub(super) fn new(program: &Program, rows: ProgramRows) -> Counter {
        let slot = |pc| program.fetch(pc).ok().map(|instruction| Slot::new(pc, instruction));
        let slots: Vec<Option<Slot>> =
            program.text().iter().flat_map(|text| (text.start..text.end()).step_by(4)).map(slot).collect();
        let counts = vec![SlotCount::default(); slots.len()];
        Counter { rows, slots, counts, touched: Touched::new(), time: START_TIME, misaligned: 0 }
    }

    /// Every instruction of the program, with its counts.
    pub(super) fn counts(&self) -> impl Iterator<Item = (u64, Instruction, &SlotCount)> {
        let slots = self.slots.iter().zip(&self.counts);
        slots.filter_map(|(slot, count)| slot.map(|slot| (slot.pc, slot.instruction, count)))
    }

    /// Whether the segmenter would end the segment here, for the sake of its tables.
    pub(super) fn is_full(&self) -> bool {
        self.touched.opened() >= MAX_OPENED || self.misaligned >= MAX_MISALIGNED
    }

    /// Ends the segment.
    pub(super) fn end_segment(&mut self) -> OpenedTree {
        self.time = START_TIME;
        self.misaligned = 0;
        self.touched.end_segment()
    }

    /// Rows of every table, of the whole run so far, but those of the tree's nodes and hashes.
    pub(super) fn rows(&self) -> PerTable {
        let mut rows = [0; TABLES];
        for (_, instruction, count) in self.counts().filter(|(.., count)| count.steps > 0) {
            rows_of(count, instruction, &mut rows);
        }
        rows
    }

    /// Counts a step.
    #[inline]
    pub(super) fn step(&mut self, record: &StepRecord) {
        let Some(place) = self.rows.instruction(record.pc) else { return };
        let Some(slot) = &self.slots[place] else { return };
        let now = self.time;
        let access = record.access.filter(|_| !matches!(slot.instruction, Instruction::Ecall));
        let mut spent = SlotCount { steps: 1, ..SlotCount::default() };
        let mut touch = |touched: &mut Touched, cell, at, writes| {
            let found = touched.access(cell, now + at, writes);
            spent.bridges += u64::from(found.bridged);
            spent.leaves += u64::from(found.opened);
        };
        let [first, second, third] = slot.cells;
        let touched = &mut self.touched;
        touch(touched, first, 0, false);
        let slots = match access {
            None => {
                touch(touched, second, 1, false);
                touch(touched, third, 2, true);
                slot.slots()
            }
            Some(access) => {
                let (word, writes) = (access.address / 8, access.written.is_some());
                let aligned = access.address % access.width.bytes() == 0;
                if second != 0 {
                    touch(touched, second, 1, false);
                }
                touch(touched, word, 2, writes);
                if access.address % 8 + access.width.bytes() > 8 {
                    touch(touched, word + 1, 3, writes);
                }
                if third != 0 {
                    touch(touched, third, 2, true);
                }
                spent.misaligned = u64::from(!aligned);
                if aligned { slot.slots() } else { misaligned::SLOTS }
            }
        };
        if matches!(slot.instruction, Instruction::LoadReserved { .. } | Instruction::StoreConditional { .. }) {
            touch(touched, RESERVATION, 4, true);
        }
        self.time += slots;
        self.misaligned += spent.misaligned;
        self.counts[place].add(&spent);
    }
}

/// Adds the rows of one instruction.
pub(super) fn rows_of(count: &SlotCount, instruction: Instruction, rows: &mut PerTable) {
    let SlotCount { steps, misaligned, bridges, leaves } = *count;
    let mut add = |chip: ChipId, more: u64| rows[chip as usize] += more;
    add(ChipId::Touch, bridges);
    add(ChipId::Leaf, leaves);
    match instruction {
        Instruction::Ecall => add(ChipId::Ecall, steps),
        Instruction::LoadReserved { .. } | Instruction::StoreConditional { .. } | Instruction::Amo { .. } => {
            add(ChipId::Atomic, steps);
            if let Some(op) = AtomicFields::of(instruction).and_then(|fields| fields.unit) {
                add(unit(op), steps);
            }
        }
        Instruction::Load { width, .. } | Instruction::Store { width, .. } => {
            /// What `misaligned` asks of `shift`.
            const LOAD_SHIFTS: u64 = 2;
            const STORE_SHIFTS: u64 = 6;
            let store = matches!(instruction, Instruction::Store { .. });
            add(ChipId::Core, steps - misaligned);
            add(ChipId::Misaligned, misaligned);
            add(ChipId::Shift, misaligned * if store { STORE_SHIFTS } else { LOAD_SHIFTS });
            add(ChipId::Narrow, if width == Width::Double { 0 } else { steps });
        }
        _ => {
            add(ChipId::Core, steps);
            if let Some(op) = Op::of(instruction) {
                add(unit(op), steps);
                if unit(op) == ChipId::Divide {
                    // Two products and a comparison say that quotient and remainder are right.
                    add(ChipId::Multiply, 2 * steps);
                    add(ChipId::Compare, steps);
                }
            }
        }
    }
}

impl Slot {
    fn new(pc: u64, instruction: Instruction) -> Slot {
        let cells = CoreFields::of(pc, instruction)
            .map(|fields| fields.cells)
            .or_else(|| AtomicFields::of(instruction).map(|fields| fields.cells))
            .unwrap_or([source(Reg::A7), source(Reg::A2), source(Reg::A0)]);
        Slot { pc, instruction, cells }
    }

    /// Times that an aligned step takes.
    fn slots(&self) -> u64 {
        match self.instruction {
            Instruction::Ecall => ecall::SLOTS,
            Instruction::LoadReserved { .. } | Instruction::StoreConditional { .. } | Instruction::Amo { .. } => {
                atomic::SLOTS
            }
            _ => core::SLOTS,
        }
    }
}

/// The table that computes `op`.
fn unit(op: Op) -> ChipId {
    match op {
        Op::And | Op::Or | Op::Xor => ChipId::Bitwise,
        Op::Sll | Op::Srl | Op::Sra | Op::Sllw | Op::Srlw | Op::Sraw => ChipId::Shift,
        Op::Lt | Op::Ltu | Op::Eq | Op::Ne | Op::Ge | Op::Geu => ChipId::Compare,
        Op::Mul | Op::Mulh | Op::Mulhsu | Op::Mulhu | Op::Mulw => ChipId::Multiply,
        Op::Div | Op::Divu | Op::Rem | Op::Remu | Op::Divw | Op::Divuw | Op::Remw | Op::Remuw => ChipId::Divide,
    }
}
