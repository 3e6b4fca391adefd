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
use zkvm_circuit::{Checkpoint, Digest, FinalOpening, statement};
use zkvm_machine::{Event, Input, MachineState, Outcome, Program};
use zkvm_trace::RegisterCheckpoint;
use zkvm_trace::TraceEnd;
use zkvm_witness::{ChunkRef, continues, ends_so, replay_chunk};

use crate::error::SegmentError;
pub(crate) use assign::Rows;
use assign::Assigner;
use memory::CellMemory;
pub(crate) use tables::tables;

/// Steps of the longest segment: each is a row of one table, and no table of steps may be higher.
pub const MAX_SEGMENT_STEPS: u64 = 1 << 20;

/// A segment, ready to be filled into tables.
pub(crate) struct Segment {
    /// Number of the segment, from 0.
    pub(crate) index: u64,
    /// Its steps.
    pub(crate) steps: u64,
    pub(crate) rows: Rows,
    pub(crate) openings: Openings,
    pub(crate) start: Checkpoint,
    pub(crate) end: Checkpoint,
}

/// Makes segments of the chunks of one run.
pub(crate) struct Segmenter<'p> {
    program: &'p Program,
    rows: &'p ProgramRows,
    memory: CellMemory,
    tree: MemoryTree,
    input: Digest,
    at: Checkpoint,
    state: RegisterCheckpoint,
    exit: Option<u32>,
    chunks: u64,
}

impl<'p> Segmenter<'p> {
    /// The machine before the first step.
    pub(crate) fn new(program: &'p Program, rows: &'p ProgramRows, input: &Input) -> Segmenter<'p> {
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
        Segmenter { program, rows, memory, tree, input: digest, at, state, exit: None, chunks: 0 }
    }

    /// The commitment to the input.
    pub(crate) fn input_digest(&self) -> Digest {
        self.input
    }

    /// The segment of the next chunk.
    pub(crate) fn segment(&mut self, chunk: ChunkRef<'_>) -> Result<Segment, SegmentError> {
        if chunk.steps > MAX_SEGMENT_STEPS {
            return Err(SegmentError::TooLong { chunk: chunk.index, steps: chunk.steps });
        }
        continues(chunk.index, &self.state, chunk.start)?;
        let mut assigner = Assigner::new(self.rows, &mut self.memory);
        let exit = &mut self.exit;
        self.state = replay_chunk(self.program, chunk, |_, record| {
            assigner.step(record);
            if let Some(Event::Exit { exit_code }) = record.event {
                *exit = Some(exit_code);
            }
        })?;
        let rows = assigner.end();
        let touched: Vec<_> = rows.leaves.iter().map(|leaf| (leaf.index, leaf.new)).collect();
        let openings = self.tree.advance(&touched);
        let start = self.at;
        let pc = if self.exit.is_some() { HALTED } else { self.state.state.pc };
        self.at = Checkpoint { pc, root: self.tree.root() };
        self.chunks += 1;
        Ok(Segment { index: chunk.index, steps: chunk.steps, rows, openings, start, end: self.at })
    }

    /// Checks that the run ended as it says, and opens the last root.
    pub(crate) fn end(&self, end: &TraceEnd) -> Result<FinalOpening, SegmentError> {
        continues(self.chunks, &self.state, &end.end)?;
        ends_so(self.program, &self.state, self.exit, &end.outcome)?;
        debug_assert!(matches!(end.outcome, Outcome::Halted { .. }));
        let opening = statement::open(&self.tree, end.public_output.len())?;
        let exit_code = self.exit.unwrap_or_default();
        statement::check(&opening, &self.at.root, &end.public_output, exit_code)?;
        Ok(opening)
    }
}
