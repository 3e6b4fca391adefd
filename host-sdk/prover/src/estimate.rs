//! What a proof will cost, before it is made: rows and cells of every table, time, memory. The run is replayed and its rows
//! are counted, not filled, every chunk alone; that takes a few thousandths of the time of the proof.
//!
//! The count is exact but for three things, in which it errs on the side of more: what a segment leaves in memory is not
//! known, so every leaf it stores to counts as changed; equal hashes are not merged; nor are pairs of divisions.

mod count;
mod memory;
mod shapes;
mod touched;

use std::collections::BTreeMap;
use std::ops::{AddAssign, ControlFlow};

use rayon::prelude::*;
use thiserror::Error;
use zkvm_circuit::chips::{height, program::ProgramRows};
use zkvm_circuit::{ChipId, Machine};
use zkvm_machine::{Instruction, Program};
use zkvm_trace::Chunk;
use zkvm_witness::{ChunkRef, ReplayError};

pub use count::ChunkRows;
use count::{Counter, SlotCount};
pub use memory::{peak_memory_bytes, segment_steps_within};
pub use shapes::{ProvedTable, TableShapes, proved_tables};

/// Number of tables.
const TABLES: usize = ChipId::ALL.len();

/// A number per table, by [`ChipId`].
pub type PerTable = [u64; TABLES];

/// Cells per second that a proof gets done on two cores, where no proof has been made yet: what the machine reached on which
/// this was written.
pub const CELLS_PER_SECOND: f64 = 10e6;

/// Why there is no estimate.
#[derive(Debug, Error)]
pub enum EstimateError<E: std::error::Error> {
    /// The run failed.
    #[error(transparent)]
    Run(E),
    /// A chunk does not replay.
    #[error(transparent)]
    Replay(#[from] ReplayError),
}

/// What an instruction costs, or many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Steps.
    pub steps: u64,
    /// Rows that they need in each table.
    pub rows: PerTable,
    /// Cells of these rows.
    pub cells: u64,
}

/// A table in all segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableEstimate {
    /// Which.
    pub chip: ChipId,
    /// Rows that are needed.
    pub rows: u64,
    /// Rows that there are: each segment's are filled up to a power of two.
    pub padded: u64,
    /// Cells of these.
    pub cells: u64,
}

/// What proving a run will cost.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// Steps of the run.
    pub steps: u64,
    /// Segments.
    pub segments: u64,
    /// Tables that have rows.
    pub tables: Vec<TableEstimate>,
    /// Per instruction that was executed, in order of addresses.
    pub instructions: Vec<InstructionCost>,
}

/// An instruction of the program and what all its executions cost.
#[derive(Clone, Copy, Debug)]
pub struct InstructionCost {
    /// Its address.
    pub pc: u64,
    /// What it is.
    pub instruction: Instruction,
    /// What it costs, its share of the memory tree included: that of the leaves it was the first to touch.
    pub cost: Cost,
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Cost) {
        self.steps += other.steps;
        self.cells += other.cells;
        self.rows.iter_mut().zip(other.rows).for_each(|(mine, theirs)| *mine += theirs);
    }
}

impl Estimate {
    /// Cells of all tables.
    pub fn cells(&self) -> u64 {
        self.tables.iter().map(|table| table.cells).sum()
    }

    /// Seconds it takes at this speed.
    pub fn seconds(&self, cells_per_second: f64) -> f64 {
        self.cells() as f64 / cells_per_second
    }

    /// The costs of all instructions with the same key, added up. What is left to [`Estimate::cells`] is padding and the
    /// tables that are as high for every segment.
    pub fn by<K: Ord>(&self, key: impl Fn(&InstructionCost) -> K) -> BTreeMap<K, Cost> {
        let mut sums: BTreeMap<K, Cost> = BTreeMap::new();
        for instruction in &self.instructions {
            *sums.entry(key(instruction)).or_default() += instruction.cost;
        }
        sums
    }
}

/// Counts the rows of a run, chunk by chunk; each chunk is a segment.
pub struct Estimator<'p> {
    program: &'p Program,
    counter: Counter,
    shapes: TableShapes,
    /// Rows of the tables that are as high in every segment.
    fixed: [Option<u64>; TABLES],
    slots: Vec<SlotCount>,
    tables: [(u64, u64); TABLES],
    steps: u64,
    segments: u64,
}

impl<'p> Estimator<'p> {
    /// For runs of `program`.
    pub fn new(program: &'p Program) -> Estimator<'p> {
        let rows = ProgramRows::new(program);
        let machine = Machine::for_verifier(rows.len().ilog2() as usize);
        let mut fixed = [None; TABLES];
        for chip in machine.chips() {
            fixed[chip.id() as usize] = machine.fixed_log_height(chip).map(|log_rows| 1 << log_rows);
        }
        let counter = Counter::new(program, rows);
        let slots = counter.no_counts();
        let shapes = TableShapes::of(&machine);
        Estimator { program, counter, shapes, fixed, slots, tables: [(0, 0); TABLES], steps: 0, segments: 0 }
    }

    /// Counts a chunk. Chunks can be counted in any order, and at once.
    ///
    /// # Errors
    /// If it does not replay.
    pub fn count(&self, chunk: ChunkRef<'_>) -> Result<ChunkRows, ReplayError> {
        self.counter.count(self.program, chunk)
    }

    /// Adds what was counted.
    pub fn add(&mut self, chunk: &ChunkRows) {
        self.segments += 1;
        self.steps += chunk.steps;
        let mut used = self.counter.rows(&chunk.slots);
        used[ChipId::Node as usize] = chunk.tree.nodes;
        used[ChipId::Poseidon2 as usize] = chunk.tree.hash_rows();
        for (sum, (&rows, fixed)) in self.tables.iter_mut().zip(used.iter().zip(self.fixed)) {
            let (rows, padded) = match (fixed, rows) {
                (Some(fixed), _) => (fixed, fixed),
                (None, 0) => (0, 0),
                (None, _) => (rows, height(rows as usize) as u64),
            };
            sum.0 += rows;
            sum.1 += padded;
        }
        self.slots.iter_mut().zip(&chunk.slots).for_each(|(sum, slot)| sum.add(slot));
    }

    /// All of it.
    pub fn finish(self) -> Estimate {
        let tables: Vec<TableEstimate> = ChipId::ALL
            .iter()
            .zip(&self.tables)
            .filter(|(_, (_, padded))| *padded > 0)
            .map(|(&chip, &(rows, padded))| TableEstimate {
                chip,
                rows,
                padded,
                cells: self.shapes.cells(chip, padded),
            })
            .collect();
        let instructions = self.instructions();
        Estimate { steps: self.steps, segments: self.segments, tables, instructions }
    }

    fn instructions(&self) -> Vec<InstructionCost> {
        let of = |chip: ChipId| self.tables[chip as usize].0;
        let leaves = of(ChipId::Leaf).max(1);
        let used = self.counter.instructions().zip(&self.slots).filter(|(_, slot)| slot.steps > 0);
        let cost = |(pc, instruction, slot): (u64, Instruction, &SlotCount)| {
            let mut rows = [0; TABLES];
            self.counter.rows_of(slot, instruction, &mut rows);
            for chip in [ChipId::Node, ChipId::Poseidon2] {
                rows[chip as usize] = of(chip) * slot.leaves / leaves;
            }
            let cells = ChipId::ALL.iter().map(|&chip| self.shapes.cells(chip, rows[chip as usize])).sum();
            InstructionCost { pc, instruction, cost: Cost { steps: slot.steps, rows, cells } }
        };
        used.map(|((pc, instruction), slot)| cost((pc, instruction, slot))).collect()
    }
}

/// Chunks that [`estimate`] collects before it counts them all at once: so many log buffers, and one more, let the run go on.
pub fn chunks_counted_at_once() -> usize {
    rayon::current_num_threads()
}

/// Estimates what a proof of a run costs. `run` executes the guest as in [`crate::prove`]; what it returns is returned.
///
/// # Errors
/// [`EstimateError`]
pub fn estimate<R, E: std::error::Error>(
    program: &Program,
    run: impl FnOnce(&mut dyn FnMut(Chunk) -> ControlFlow<()>) -> Result<R, E>,
) -> Result<(R, Estimate), EstimateError<E>> {
    let mut estimator = Estimator::new(program);
    let mut waiting: Vec<Chunk> = Vec::new();
    let mut failed = None;
    let mut count = |waiting: &mut Vec<Chunk>| {
        let counted: Result<Vec<ChunkRows>, ReplayError> =
            waiting.par_iter().map(|chunk| estimator.count(chunk.into())).collect();
        waiting.clear();
        counted.map(|counted| counted.iter().for_each(|chunk| estimator.add(chunk)))
    };
    let ran = run(&mut |chunk| {
        waiting.push(chunk);
        if waiting.len() >= chunks_counted_at_once()
            && let Err(error) = count(&mut waiting)
        {
            failed = Some(error);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    if let Some(error) = failed {
        return Err(error.into());
    }
    let ran = ran.map_err(EstimateError::Run)?;
    count(&mut waiting)?;
    Ok((ran, estimator.finish()))
}
