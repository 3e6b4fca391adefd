//! Chunks → segments: each chunk is replayed, its steps become rows, its accesses are stitched to those before, and the memory
//! tree moves on. All of it in order, on one thread: about a hundredth of the time a proof takes.

mod assign;
mod memory;
mod rare;
mod tables;

use zkvm_abi::INPUT;
use zkvm_circuit::cells::HALTED;
use zkvm_circuit::image::{byte_cells, program_cells};
use zkvm_circuit::chips::program::ProgramRows;
use zkvm_circuit::tree::{MemoryTree, Openings, region_digest};
use zkvm_circuit::check::Filled;
use zkvm_circuit::{Machine, Checkpoint, Digest, FinalOpening, statement};
use zkvm_machine::{Event, Input, MachineState, Outcome, Program, StepRecord};
use zkvm_trace::RegisterCheckpoint;
use zkvm_trace::TraceEnd;
use zkvm_witness::{ChunkRef, continues, ends_so, replay_chunk};

use crate::error::SegmentError;
use assign::{Assigner, Rows};
use memory::CellMemory;
use tables::tables;

/// Steps of the longest segment: each is a row of one table, and no table of steps may be higher.
pub const MAX_SEGMENT_STEPS: u64 = 1 << 20;

/// A segment, ready to be filled into tables.
pub struct Segment {
    /// Number of the segment, from 0.
    pub index: u64,
    /// Its steps.
    pub steps: u64,
    /// Where the machine is before it.
    pub start: Checkpoint,
    /// Where the machine is after it.
    pub end: Checkpoint,
    rows: Rows,
    openings: Openings,
}

impl Segment {
    /// Its tables, in the order of the machine's chips; only those with rows.
    pub fn tables(mut self, machine: &Machine, program: &ProgramRows) -> Vec<Filled> {
        tables(machine, program, &mut self)
    }
}

/// Makes segments of the chunks of one run.
pub struct Segmenter<'p> {
    program: &'p Program,
    rows: &'p ProgramRows,
    memory: CellMemory,
    tree: MemoryTree,
    input: Digest,
    at: Checkpoint,
    state: RegisterCheckpoint,
    exit: Option<u32>,
    segments: u64,
}

impl<'p> Segmenter<'p> {
    /// The machine before the first step.
    pub fn new(program: &'p Program, rows: &'p ProgramRows, input: &Input) -> Segmenter<'p> {
        let region = input.to_region();
        let digest = region_digest(INPUT, &region).expect("an input fits its region");
        let mut cells = program_cells(program);
        cells.extend(byte_cells(INPUT.start, &region));
        let mut memory = CellMemory::new();
        for &(cell, word) in &cells {
            memory.put(cell, word);
        }
        let tree = MemoryTree::new(cells);
        let at = Checkpoint { pc: program.entry(), root: tree.root() };
        let state = RegisterCheckpoint { step: 0, state: MachineState::at_entry(program.entry()) };
        Segmenter { program, rows, memory, tree, input: digest, at, state, exit: None, segments: 0 }
    }

    /// The commitment to the input.
    pub fn input_digest(&self) -> Digest {
        self.input
    }

    /// The segment of the next chunk, which is replayed.
    ///
    /// # Errors
    /// [`SegmentError`]
    pub fn segment(&mut self, chunk: ChunkRef<'_>) -> Result<Segment, SegmentError> {
        if chunk.steps > MAX_SEGMENT_STEPS {
            return Err(SegmentError::TooLong { chunk: chunk.index, steps: chunk.steps });
        }
        continues(chunk.index, &self.state, chunk.start)?;
        let mut exit = None;
        let program = self.program;
        let (state, rows) = self.assign(|each| {
            replay_chunk(program, chunk, |_, record| {
                each(record);
                if let Some(Event::Exit { exit_code }) = record.event {
                    exit = Some(exit_code);
                }
            })
        });
        self.state = state?;
        self.exit = exit;
        let pc = if exit.is_some() { HALTED } else { self.state.state.pc };
        Ok(self.close(chunk.steps, pc, rows))
    }

    /// The segment of any steps, true or not, after which the machine is at `pc`: what a lying prover would make. Tests of the
    /// circuit use it; its tables do not satisfy the constraints if the steps are not those of the program.
    pub fn segment_of(&mut self, steps: &[StepRecord], pc: u64) -> Segment {
        let ((), rows) = self.assign(|each| steps.iter().for_each(each));
        self.close(steps.len() as u64, pc, rows)
    }

    fn assign<T>(&mut self, steps: impl FnOnce(&mut dyn FnMut(&StepRecord)) -> T) -> (T, Rows) {
        let mut assigner = Assigner::new(self.rows, &mut self.memory);
        let result = steps(&mut |record| assigner.step(record));
        (result, assigner.end())
    }

    fn close(&mut self, steps: u64, pc: u64, rows: Rows) -> Segment {
        let touched: Vec<_> = rows.leaves.iter().map(|leaf| (leaf.index, leaf.new)).collect();
        let openings = self.tree.advance(&touched);
        let start = self.at;
        self.at = Checkpoint { pc, root: self.tree.root() };
        self.segments += 1;
        Segment { index: self.segments - 1, steps, start, end: self.at, rows, openings }
    }

    /// Checks that the run ended as it says, and opens the last root.
    /// The opening for the verifier.
    ///
    /// # Errors
    /// [`SegmentError`] if it did not.
    pub fn end(&self, end: &TraceEnd) -> Result<FinalOpening, SegmentError> {
        continues(self.segments, &self.state, &end.end)?;
        ends_so(self.program, &self.state, self.exit, &end.outcome)?;
        debug_assert!(matches!(end.outcome, Outcome::Halted { .. }));
        let opening = statement::open(&self.tree, end.public_output.len())?;
        let exit_code = self.exit.unwrap_or_default();
        statement::check(&opening, &self.at.root, &end.public_output, exit_code)?;
        Ok(opening)
    }
}
