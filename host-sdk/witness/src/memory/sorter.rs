//! External sort of operations by word and step. Operations come in step order; runs sorted by word go to temporary
//! files, and merging them keeps, within a word, the order of the runs and so of the steps.

use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::memory::operation::Operation;

/// Operations sorted in memory at a time: 32 MiB.
const RUN_OPERATIONS: usize = 1 << 20;

/// Files merged at once. More runs are merged into longer ones, so that open files and their buffers stay few.
const FAN_IN: usize = 128;

/// Buffer of each file.
const BUFFER_BYTES: usize = 1 << 16;

pub(crate) struct Sorter {
    directory: PathBuf,
    run_operations: usize,
    pending: Vec<Operation>,
    /// `levels[0]` holds runs as they were spilled, `levels[n + 1]` those made of [`FAN_IN`] of `levels[n]`. Later runs
    /// hold later steps, and a higher level earlier steps than a lower one.
    levels: Vec<Vec<File>>,
    operations: u64,
}

impl Sorter {
    /// A sorter whose temporary files are in `directory`, without names where the system can do that.
    pub fn new(directory: &Path) -> Sorter {
        Sorter::with_run(directory, RUN_OPERATIONS)
    }

    fn with_run(directory: &Path, run_operations: usize) -> Sorter {
        let levels = Vec::new();
        Sorter { directory: directory.to_owned(), run_operations, pending: Vec::new(), levels, operations: 0 }
    }

    /// Number of operations so far.
    pub fn operations(&self) -> u64 {
        self.operations
    }

    /// Appends operations whose steps are not before those already appended (unless they are of other words).
    pub fn push(&mut self, mut operations: &[Operation]) -> std::io::Result<()> {
        self.operations += operations.len() as u64;
        while !operations.is_empty() {
            let count = operations.len().min(self.run_operations - self.pending.len());
            self.pending.extend_from_slice(&operations[..count]);
            operations = &operations[count..];
            if self.pending.len() == self.run_operations {
                self.spill()?;
            }
        }
        Ok(())
    }

    fn spill(&mut self) -> std::io::Result<()> {
        sort(&mut self.pending);
        let run = write_run(&self.directory, self.pending.drain(..).map(Ok))?;
        self.add(0, run)
    }

    fn add(&mut self, level: usize, run: File) -> std::io::Result<()> {
        if self.levels.len() == level {
            self.levels.push(Vec::new());
        }
        self.levels[level].push(run);
        if self.levels[level].len() < FAN_IN {
            return Ok(());
        }
        let merged = write_run(&self.directory, Merge::new(std::mem::take(&mut self.levels[level]), Vec::new())?)?;
        self.add(level + 1, merged)
    }

    /// All operations in order.
    pub fn finish(mut self) -> std::io::Result<Merge> {
        sort(&mut self.pending);
        let runs = self.levels.into_iter().rev().flatten().collect();
        Merge::new(runs, self.pending)
    }
}

/// By word; the order within a word stays.
fn sort(operations: &mut [Operation]) {
    operations.sort_by_key(|operation| operation.word_address);
}

fn write_run(directory: &Path, run: impl Iterator<Item = std::io::Result<Operation>>) -> std::io::Result<File> {
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, tempfile::tempfile_in(directory)?);
    for operation in run {
        out.write_all(&operation?.to_bytes())?;
    }
    let mut file = out.into_inner()?;
    file.rewind()?;
    Ok(file)
}

enum Source {
    File(BufReader<File>),
    Memory(std::vec::IntoIter<Operation>),
}

impl Source {
    fn next(&mut self) -> std::io::Result<Option<Operation>> {
        match self {
            Source::Memory(operations) => Ok(operations.next()),
            Source::File(file) => {
                let mut bytes = [0; Operation::BYTES];
                match file.read_exact(&mut bytes) {
                    Ok(()) => Ok(Some(Operation::from_bytes(&bytes))),
                    // Runs are whole operations, so this is the end of the file and not the middle of one.
                    Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
                    Err(error) => Err(error),
                }
            }
        }
    }
}

/// Merges runs whose order is that of their steps.
pub(crate) struct Merge {
    sources: Vec<Source>,
    heads: Vec<Operation>,
    /// Word and number of every source that is not at its end, smallest first, but for the current one.
    queue: BinaryHeap<std::cmp::Reverse<(u32, usize)>>,
    current: Option<usize>,
}

impl Merge {
    fn new(files: Vec<File>, last: Vec<Operation>) -> std::io::Result<Merge> {
        let mut sources: Vec<Source> =
            files.into_iter().map(|file| Source::File(BufReader::with_capacity(BUFFER_BYTES, file))).collect();
        sources.push(Source::Memory(last.into_iter()));
        let mut merge = Merge {
            heads: vec![Operation::default(); sources.len()],
            sources,
            queue: BinaryHeap::new(),
            current: None,
        };
        for source in 0..merge.sources.len() {
            if let Some(head) = merge.sources[source].next()? {
                merge.heads[source] = head;
                merge.queue.push(std::cmp::Reverse((head.word_address, source)));
            }
        }
        merge.current = merge.queue.pop().map(|std::cmp::Reverse((_, source))| source);
        Ok(merge)
    }

    /// Moves on from the operation just returned, which was of `word`.
    fn advance(&mut self, source: usize, word: u32) -> std::io::Result<()> {
        let head = self.sources[source].next()?;
        if let Some(head) = head {
            self.heads[source] = head;
            // All operations of a word in this run come before those in later runs.
            if head.word_address == word {
                return Ok(());
            }
            self.queue.push(std::cmp::Reverse((head.word_address, source)));
        }
        self.current = self.queue.pop().map(|std::cmp::Reverse((_, source))| source);
        Ok(())
    }
}

impl Iterator for Merge {
    type Item = std::io::Result<Operation>;

    fn next(&mut self) -> Option<std::io::Result<Operation>> {
        let source = self.current?;
        let operation = self.heads[source];
        match self.advance(source, operation.word_address) {
            Ok(()) => Some(Ok(operation)),
            Err(error) => {
                self.current = None;
                Some(Err(error))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_every_size_merge_to_the_same_order() {
        let operation =
            |step: u64| Operation { step, word_address: (step * 7 % 13) as u32 * 8, ..Operation::default() };
        let operations: Vec<Operation> = (0..1000).map(operation).collect();
        let mut expected = operations.clone();
        expected.sort_by_key(|operation| (operation.word_address, operation.step));
        let directory = tempfile::tempdir().unwrap();
        // A run of 2 needs 500 runs, so merging in levels; 999 leaves one operation in memory.
        for run in [2, 7, 64, 999, 1000, 2000] {
            let mut sorter = Sorter::with_run(directory.path(), run);
            operations.chunks(10).for_each(|piece| sorter.push(piece).unwrap());
            let merged: Vec<Operation> = sorter.finish().unwrap().map(Result::unwrap).collect();
            assert!(merged == expected, "runs of {run}");
        }
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
