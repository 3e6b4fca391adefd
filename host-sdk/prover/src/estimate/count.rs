//! The steps of a chunk, counted by instruction, and the rows that follow from the counts.

use zkvm_circuit::cells::{RESERVATION, START_TIME, source};
use zkvm_circuit::chips::program::{CoreFields, ProgramRows};
use zkvm_circuit::chips::{atomic, atomic::AtomicFields, core, ecall, misaligned};
use zkvm_circuit::{ChipId, Op};
use zkvm_machine::{Instruction, Program, Reg, StepRecord, Width};
use zkvm_witness::{ChunkRef, ReplayError, replay_chunk};

use super::touched::{OpenedTree, Touched};
use super::{PerTable, TABLES};

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

/// What was counted in a chunk.
pub struct ChunkRows {
    pub(super) steps: u64,
    pub(super) slots: Vec<SlotCount>,
    pub(super) tree: OpenedTree,
}

/// What a step at an instruction accesses besides memory, prepared once per program.
#[derive(Clone, Copy)]
struct Slot {
    pc: u64,
    instruction: Instruction,
    /// Cells of rs1, rs2 and rd, as the tables access them; for loads and stores the one that is the memory word is 0.
    cells: [u64; 3],
}

/// Counts rows of runs of one program.
pub(super) struct Counter {
    rows: ProgramRows,
    /// One per instruction slot, in the order of the rows of the program's table.
    slots: Vec<Option<Slot>>,
}

/// Counts one chunk.
struct Counting<'c> {
    slots: &'c [Option<Slot>],
    counts: Vec<SlotCount>,
    touched: Touched,
    time: u32,
}

impl Counter {
    pub(super) fn new(program: &Program, rows: ProgramRows) -> Counter {
        let slot = |pc| program.fetch(pc).ok().map(|instruction| Slot::new(pc, instruction));
        let slots = program.text().iter().flat_map(|text| (text.start..text.end()).step_by(4)).map(slot).collect();
        Counter { rows, slots }
    }

    pub(super) fn no_counts(&self) -> Vec<SlotCount> {
        vec![SlotCount::default(); self.slots.len()]
    }

    /// Addresses and instructions, in the order of the counts.
    pub(super) fn instructions(&self) -> impl Iterator<Item = (u64, Instruction)> {
        self.slots.iter().map(|slot| slot.map_or((0, Instruction::Ebreak), |slot| (slot.pc, slot.instruction)))
    }

    pub(super) fn count(&self, program: &Program, chunk: ChunkRef<'_>) -> Result<ChunkRows, ReplayError> {
        let time = START_TIME as u32;
        let mut counting = Counting { slots: &self.slots, counts: self.no_counts(), touched: Touched::new(), time };
        let steps = chunk.steps;
        replay_chunk(program, chunk, |_, record| {
            if let Some(place) = self.rows.instruction(record.pc) {
                counting.step(place, record);
            }
        })?;
        let tree = counting.touched.opened();
        Ok(ChunkRows { steps, slots: counting.counts, tree })
    }

    /// Rows of every table but those of the tree's nodes and hashes.
    pub(super) fn rows(&self, counts: &[SlotCount]) -> PerTable {
        let mut rows = [0; TABLES];
        for ((_, instruction), count) in self.instructions().zip(counts).filter(|(_, count)| count.steps > 0) {
            self.rows_of(count, instruction, &mut rows);
        }
        rows
    }

    /// Adds the rows of one instruction.
    pub(super) fn rows_of(&self, count: &SlotCount, instruction: Instruction, rows: &mut PerTable) {
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
}

impl Counting<'_> {
    #[inline]
    fn step(&mut self, place: usize, record: &StepRecord) {
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
        self.time += slots as u32;
        self.counts[place].add(&spent);
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
