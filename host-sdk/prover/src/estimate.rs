//! What a proof will cost, before it is made: rows and cells of every table, time, memory. The run is replayed and its rows
//! are counted, not filled; that takes a few thousandths of the time of the proof.
//!
//! The count is exact but for three things, in which it errs on the side of more: what a segment leaves in memory is not
//! known, so every leaf it stores to counts as changed; equal hashes are not merged; nor are pairs of divisions.

mod count;
mod memory;
mod shapes;
mod touched;

use std::collections::BTreeMap;
use std::ops::{AddAssign, ControlFlow};

use thiserror::Error;
use zkvm_circuit::chips::{height, program::ProgramRows};
use zkvm_circuit::{ChipId, Machine};
use zkvm_machine::{Instruction, Program};
use zkvm_trace::Chunk;
use zkvm_witness::{ChunkRef, ReplayError, replay_chunk};

use crate::segment::MAX_SEGMENT_STEPS;

use count::{Counter, SlotCount, rows_of};
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

/// Counts the rows of a run, chunk by chunk.
struct Estimator<'p> {
    program: &'p Program,
    counter: Counter,
    shapes: TableShapes,
    /// Rows of the tables that are as high in every segment.
    fixed: [Option<u64>; TABLES],
    segment_steps: u64,
    /// Steps of the segment that is being counted.
    segment: u64,
    /// Rows of all segments before it.
    counted: PerTable,
    /// Rows and padded rows of all segments before it.
    tables: [(u64, u64); TABLES],
    steps: u64,
    segments: u64,
}

impl<'p> Estimator<'p> {
    fn new(program: &'p Program, segment_steps: u64) -> Estimator<'p> {
        let rows = ProgramRows::new(program);
        let machine = Machine::for_verifier(rows.len().ilog2() as usize);
        let mut fixed = [None; TABLES];
        for chip in machine.chips() {
            fixed[chip.id() as usize] = machine.fixed_log_height(chip).map(|log_rows| 1 << log_rows);
        }
        Estimator {
            program,
            counter: Counter::new(program, rows),
            shapes: TableShapes::of(&machine),
            fixed,
            segment_steps: segment_steps.clamp(1, MAX_SEGMENT_STEPS),
            segment: 0,
            counted: [0; TABLES],
            tables: [(0, 0); TABLES],
            steps: 0,
            segments: 0,
        }
    }

    /// Counts the next chunk.
    fn chunk(&mut self, chunk: ChunkRef<'_>) -> Result<(), ReplayError> {
        replay_chunk(self.program, chunk, |_, record| {
            self.counter.step(record);
            self.segment += 1;
            if self.segment >= self.segment_steps || self.counter.is_full() {
                self.end_segment();
            }
        })?;
        Ok(())
    }

    fn end_segment(&mut self) {
        let tree = self.counter.end_segment();
        let counted = self.counter.rows();
        let mut used: PerTable = std::array::from_fn(|chip| counted[chip] - self.counted[chip]);
        self.counted = counted;
        used[ChipId::Node as usize] = tree.nodes;
        used[ChipId::Poseidon2 as usize] = tree.hash_rows();
        for (sum, (&rows, fixed)) in self.tables.iter_mut().zip(used.iter().zip(self.fixed)) {
            let (rows, padded) = match (fixed, rows) {
                (Some(fixed), _) => (fixed, fixed),
                (None, 0) => (0, 0),
                (None, _) => (rows, height(rows as usize) as u64),
            };
            sum.0 += rows;
            sum.1 += padded;
        }
        self.segments += 1;
        self.steps += std::mem::take(&mut self.segment);
    }

    fn finish(mut self) -> Estimate {
        if self.segment > 0 {
            self.end_segment();
        }
        let tables = ChipId::ALL.iter().zip(&self.tables).filter(|(_, (_, padded))| *padded > 0).map(
            |(&chip, &(rows, padded))| TableEstimate { chip, rows, padded, cells: self.shapes.cells(chip, padded) },
        );
        let tables = tables.collect();
        Estimate { steps: self.steps, segments: self.segments, tables, instructions: self.instructions() }
    }

    fn instructions(&self) -> Vec<InstructionCost> {
        let of = |chip: ChipId| self.tables[chip as usize].0;
        let leaves = of(ChipId::Leaf).max(1);
        let used = self.counter.counts().filter(|(.., count)| count.steps > 0);
        let cost = |(pc, instruction, count): (u64, Instruction, &SlotCount)| {
            let mut rows = [0; TABLES];
            rows_of(count, instruction, &mut rows);
            for chip in [ChipId::Node, ChipId::Poseidon2] {
                rows[chip as usize] = of(chip) * count.leaves / leaves;
            }
            let cells = ChipId::ALL.iter().map(|&chip| self.shapes.cells(chip, rows[chip as usize])).sum();
            InstructionCost { pc, instruction, cost: Cost { steps: count.steps, rows, cells } }
        };
        used.map(cost).collect()
    }
}

/// Estimates what a proof of a run costs, in segments of `segment_steps` steps. `run` executes the guest as in
/// [`crate::prove`]; what it returns is returned.
///
/// # Errors
/// [`EstimateError`]
pub fn estimate<R, E: std::error::Error>(
    program: &Program,
    segment_steps: u64,
    run: impl FnOnce(&mut dyn FnMut(Chunk) -> ControlFlow<()>) -> Result<R, E>,
) -> Result<(R, Estimate), EstimateError<E>> {
    let mut estimator = Estimator::new(program, segment_steps);
    let mut failed = None;
    let ran = run(&mut |chunk| match estimator.chunk((&chunk).into()) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    });
    match failed {
        Some(error) => Err(error.into()),
        None => Ok((ran.map_err(EstimateError::Run)?, estimator.finish())),
    }
}
