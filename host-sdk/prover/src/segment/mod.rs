//! Chunks → segments: each chunk is replayed, its steps become rows, its accesses are stitched to those before, and the memory
//! tree moves on. All of it in order, on one thread: about a hundredth of the time a proof takes.

mod assign;
mod memory;
mod rare;
mod tables;

use std::ops::ControlFlow;

use zkvm_abi::INPUT;
use zkvm_circuit::cells::HALTED;
use zkvm_circuit::check::Filled;
use zkvm_circuit::chips::program::ProgramRows;
use zkvm_circuit::image::{byte_cells, program_cells};
use zkvm_circuit::tree::{MemoryTree, Openings, region_digest};
use zkvm_circuit::{Checkpoint, Digest, FinalOpening, Machine, statement};
use zkvm_machine::{Event, Input, MachineState, Outcome, Program, StepRecord};
use zkvm_trace::RegisterCheckpoint;
use zkvm_trace::TraceEnd;
use zkvm_witness::{ChunkRef, continues, ends_so, replay_chunk};

use crate::error::SegmentError;
use assign::{Assigner, Rows};
use memory::CellMemory;
use tables::tables;

/// Steps of the longest segment: each is a row of one table.
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
    input: Digest,
    segment_steps: u64,
    state: RegisterCheckpoint,
    exit: Option<u32>,
    chunks: u64,
    cutter: Cutter<'p>,
}

/// The machine as far as it has been assigned, and where segments end.
struct Cutter<'p> {
    assigner: Assigner<'p>,
    tree: MemoryTree,
    at: Checkpoint,
    segments: u64,
    /// Steps of the segment that is being assigned.
    steps: u64,
}

impl Cutter<'_> {
    fn step(&mut self, record: &StepRecord) {
        self.assigner.step(record);
        self.steps += 1;
    }

    /// Ends the segment; the machine is at `pc`.
    fn cut(&mut self, pc: u64) -> Segment {
        let rows = self.assigner.end_segment();
        let touched: Vec<_> = rows.leaves.iter().map(|leaf| (leaf.index, leaf.new)).collect();
        let openings = self.tree.advance(&touched);
        let end = Checkpoint { pc, root: self.tree.root() };
        let start = std::mem::replace(&mut self.at, end);
        let (index, steps) = (self.segments, std::mem::take(&mut self.steps));
        self.segments += 1;
        Segment { index, steps, start, end, rows, openings }
    }
}

impl<'p> Segmenter<'p> {
    /// The machine before the first step; `rows` are those of `program`. Segments have `segment_steps` steps at most, and never
    /// more than [`MAX_SEGMENT_STEPS`].
    pub fn new(program: &'p Program, rows: &'p ProgramRows, input: &Input, segment_steps: u64) -> Segmenter<'p> {
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
        let cutter = Cutter { assigner: Assigner::new(rows, memory), tree, at, segments: 0, steps: 0 };
        let segment_steps = segment_steps.clamp(1, MAX_SEGMENT_STEPS);
        Segmenter { program, input: digest, segment_steps, state, exit: None, chunks: 0, cutter }
    }

    /// The commitment to the input.
    pub fn input_digest(&self) -> Digest {
        self.input
    }

    /// Replays the next chunk and hands every segment that it completes to `each`, until that breaks. A segment ends with its
    /// last step, with the program's, or when it has touched so much memory that its tables would grow too large; so where
    /// segments end does not depend on where chunks end.
    ///
    /// # Errors
    /// [`SegmentError`]
    pub fn chunk(
        &mut self,
        chunk: ChunkRef<'_>,
        mut each: impl FnMut(Segment) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, SegmentError> {
        continues(chunk.index, &self.state, chunk.start)?;
        let Segmenter { cutter, exit, segment_steps, .. } = self;
        let mut flow = ControlFlow::Continue(());
        let mut unprovable = None;
        self.state = replay_chunk(self.program, chunk, |_, record| {
            cutter.step(record);
            unprovable = unprovable.or(cutter.assigner.unprovable());
            if let Some(Event::Exit { exit_code }) = record.event {
                *exit = Some(exit_code);
            }
            let full = cutter.steps >= *segment_steps || cutter.assigner.is_full();
            if flow.is_continue() && unprovable.is_none() && (full || exit.is_some()) {
                flow = each(cutter.cut(if exit.is_some() { HALTED } else { record.next_pc }));
            }
        })?;
        self.chunks += 1;
        match unprovable {
            Some(pc) => Err(SegmentError::Unprovable { pc }),
            None => Ok(flow),
        }
    }

    /// The segment of any steps, true or not, after which the machine is at `pc`: what a lying prover would make. Tests of the
    /// circuit use it; its tables do not satisfy the constraints if the steps are not those of the program.
    pub fn segment_of(&mut self, steps: &[StepRecord], pc: u64) -> Segment {
        steps.iter().for_each(|record| self.cutter.step(record));
        self.cutter.cut(pc)
    }

    /// Checks that the run ended as it says, and opens the last root.
    /// The opening for the verifier.
    ///
    /// # Errors
    /// [`SegmentError`] if it did not.
    pub fn end(&self, end: &TraceEnd) -> Result<FinalOpening, SegmentError> {
        continues(self.chunks, &self.state, &end.end)?;
        ends_so(self.program, &self.state, self.exit, &end.outcome)?;
        debug_assert!(matches!(end.outcome, Outcome::Halted { .. }));
        let opening = statement::open(&self.cutter.tree, end.public_output.len())?;
        let exit_code = self.exit.unwrap_or_default();
        statement::check(&opening, &self.cutter.at.root, &end.public_output, exit_code)?;
        Ok(opening)
    }
}
