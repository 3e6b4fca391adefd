//! Replayed chunks, put back in order and written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crossbeam_channel::{Receiver, Sender};
use rayon::prelude::*;
use zkvm_trace::RegisterCheckpoint;

use zkvm_machine::Class;

use crate::emit::disk::{failed_write, memory_bytes, require};
use crate::emit::options::{Progress, WitnessError};
use crate::emit::rows::{ChunkRows, Replayed, Wanted};
use crate::manifest::{ChunkRecord, checkpoint_hash, hex};
use crate::memory::sorter::Sorter;
use crate::replay::{ReplayError, continues};
use crate::table::schema::Table;
use crate::table::writer::{Compression, TableWriter};

/// Bytes between two looks at the free space.
const LOOK_BYTES: u64 = 64 << 20;

/// The collector's side of the pipeline.
pub(super) struct Ends {
    /// Replayed chunks in any order, each with its number in order of arrival.
    pub replayed: Receiver<super::Done>,
    /// One message is taken per chunk written: that lets the next one in.
    pub permits: Receiver<()>,
    /// Empty rows for the workers.
    pub free: Sender<Box<ChunkRows>>,
}

/// Appends chunks to the tables.
pub(super) struct Collector {
    directory: PathBuf,
    pub writers: Vec<Option<TableWriter>>,
    pub sorter: Option<Sorter>,
    pub chunks: Vec<ChunkRecord>,
    /// The state before the first chunk.
    pub start: Option<RegisterCheckpoint>,
    /// The state after the last chunk.
    pub end: Option<RegisterCheckpoint>,
    /// Exit code, if the last step was an `exit`.
    pub exit: Option<u32>,
    next_look: u64,
}

impl Collector {
    pub(super) fn new(
        directory: &Path,
        scratch: &Path,
        wanted: &Wanted,
        compression: Compression,
    ) -> Result<Collector, WitnessError> {
        let create = |class: Class| {
            let table = Table::Steps(class);
            let writer = wanted.steps[class as usize].then(|| TableWriter::create(directory, table, compression));
            writer.transpose().map_err(|source| failed_table(directory, table, source))
        };
        let writers = Class::ALL.into_iter().map(create).collect::<Result<_, _>>()?;
        let sorter = wanted.operations.then(|| Sorter::new(scratch));
        let (directory, next_look) = (directory.to_owned(), LOOK_BYTES);
        Ok(Collector { directory, writers, sorter, chunks: Vec::new(), start: None, end: None, exit: None, next_look })
    }

    /// Writes what arrives until all senders are gone.
    pub(super) fn collect(
        mut self,
        ends: Ends,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Collector, WitnessError> {
        let mut waiting = BTreeMap::new();
        for next in 0.. {
            while !waiting.contains_key(&next) {
                let Ok((number, replayed)) = ends.replayed.recv() else { return Ok(self) };
                waiting.insert(number, replayed);
            }
            let replayed = waiting.remove(&next).expect("just seen");
            let replayed = replayed.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            let rows = self.append(replayed)?;
            let bytes = self.bytes();
            progress(Progress::Replayed { steps: self.end.as_ref().map_or(0, |end| end.step), bytes });
            self.look_at_free_space(bytes)?;
            // Workers that have gone need no rows; a closed pipeline needs no permits.
            let _ = (ends.free.send(rows), ends.permits.try_recv());
        }
        Ok(self)
    }

    fn append(&mut self, replayed: Replayed) -> Result<Box<ChunkRows>, WitnessError> {
        let Replayed { index, start, end, exit, mut rows } = replayed;
        if let Some(expected) = &self.end {
            continues(index, expected, &start)?;
            if self.exit.is_some() {
                let pc = expected.state.pc.wrapping_sub(4);
                return Err(ReplayError::ExitInside { chunk: index - 1, step: expected.step - 1, pc }.into());
            }
        }
        let tables = Class::ALL.map(|class| (class, &rows.tables[class as usize]));
        let directory = &self.directory;
        self.writers.par_iter_mut().zip(&tables).try_for_each(|(writer, (class, rows))| {
            let failed = |source| failed_table(directory, Table::Steps(*class), source);
            writer.as_mut().map_or(Ok(()), |writer| writer.append(&rows.columns(*class)).map_err(failed))
        })?;
        if let Some(sorter) = &mut self.sorter {
            sorter.push(&rows.operations).map_err(|error| failed_write(&self.directory, error))?;
        }
        self.chunks.push(ChunkRecord {
            index,
            first_step: start.step,
            steps: end.step - start.step,
            pc: hex(start.state.pc),
            checkpoint: checkpoint_hash(start.step, &start.state),
            rows: tables.iter().map(|(_, rows)| rows.len() as u64).collect(),
        });
        self.start.get_or_insert(start);
        (self.end, self.exit) = (Some(end), exit);
        rows.clear();
        Ok(rows)
    }

    fn bytes(&self) -> u64 {
        self.writers.iter().flatten().map(TableWriter::bytes).sum()
    }

    /// Fails early when the memory tables, which are written last, will find no space.
    fn look_at_free_space(&mut self, bytes: u64) -> Result<(), WitnessError> {
        if bytes < self.next_look {
            return Ok(());
        }
        self.next_look = bytes + LOOK_BYTES;
        let operations = self.sorter.as_ref().map_or(0, Sorter::operations);
        require(&self.directory, memory_bytes(operations))
    }
}

/// The error for a table that cannot be written; a full disk has its own.
pub(super) fn failed_table(directory: &Path, table: Table, source: arrow_schema::ArrowError) -> WitnessError {
    match source {
        arrow_schema::ArrowError::IoError(_, source) => failed_write(&directory.join(table.file_name()), source),
        source => WitnessError::Table { table, source },
    }
}
