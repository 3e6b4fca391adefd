//! A chunk replayed into columns.

use zkvm_machine::{Class, Event, Program};
use zkvm_trace::{Chunk, RegisterCheckpoint};

use crate::code::Code;
use crate::memory::operation::{Operation, operations};
use crate::replay::{ReplayError, replay_chunk};
use crate::table::steps::StepRows;

/// What is to be kept of the steps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub steps: [bool; Class::ALL.len()],
    pub operations: bool,
}

/// Rows of all classes, and memory operations sorted by word; reused from chunk to chunk.
#[derive(Debug, Default)]
pub(super) struct ChunkRows {
    pub tables: [StepRows; Class::ALL.len()],
    pub operations: Vec<Operation>,
}

impl ChunkRows {
    pub(super) fn clear(&mut self) {
        for class in Class::ALL {
            self.tables[class as usize].clear(class);
        }
        self.operations.clear();
    }
}

/// A replayed chunk.
pub(super) struct Replayed {
    pub index: u64,
    pub start: RegisterCheckpoint,
    pub end: RegisterCheckpoint,
    /// The exit code, if its last step is an `exit`.
    pub exit: Option<u32>,
    pub rows: Box<ChunkRows>,
}

/// Replays `chunk` into `rows`, which are empty, and counts its executions.
pub(super) fn replay(
    program: &Program,
    code: &Code,
    wanted: &Wanted,
    chunk: &Chunk,
    mut rows: Box<ChunkRows>,
    counts: &mut [u64],
) -> Result<Replayed, ReplayError> {
    let mut exit = None;
    let ChunkRows { tables, operations: sink } = &mut *rows;
    let end = replay_chunk(program, chunk.into(), |step, record| {
        let (number, slot) = code.at(record.pc).expect("only what was fetched is executed");
        counts[number] += 1;
        let class = slot.class.expect("`ebreak` is never executed").of_step(record);
        if wanted.steps[class as usize] {
            tables[class as usize].push(class, step, slot, record);
        }
        if let Some(access) = &record.access
            && wanted.operations
        {
            let (first, second) = operations(step, access);
            sink.push(first);
            sink.extend(second);
        }
        if let Some(Event::Exit { exit_code }) = record.event {
            exit = Some(exit_code);
        }
    })?;
    // The sorter sorts again, over many chunks: presorted pieces leave it little to do.
    sink.sort_by_key(|operation| operation.word_address);
    Ok(Replayed { index: chunk.index, start: chunk.start.clone(), end, exit, rows })
}
