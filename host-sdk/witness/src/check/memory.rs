//! The memory tables: the histories of all words, against themselves, the initial image and the steps.

use crate::check::compare::Comparison;
use crate::check::error::CheckError;
use crate::check::files::Witness;
use crate::memory::image::Image;
use crate::memory::operation::READ;
use crate::memory::output::FinalOutput;
use crate::memory::sorter::Sorter;
use crate::memory::stitch::Stitch;
use crate::table::columns::Values;
use crate::table::memory::BoundaryRows;
use crate::table::reader::{TableReader, columns};
use crate::table::schema::{BATCH_ROWS, INITIAL, MEMORY, Table};

/// Operations compared at a time.
const PIECE: usize = 1 << 16;

/// Checks both memory tables, the loads and the public output against the accesses of the steps.
pub(super) fn against_steps(witness: &Witness<'_>, sorter: Sorter) -> Result<(), CheckError> {
    let failed = |source| CheckError::Io { path: witness.directory.to_owned(), source };
    let image = Image::new(&witness.program, &witness.input);
    let mut stitch = Stitch::new(&image);
    let mut memory = Comparison::open(witness, Table::Memory)?;
    let mut boundary = Comparison::open(witness, Table::MemoryBoundary)?;
    let mut output = FinalOutput::new(&witness.public_output);
    let mut merge = sorter.finish().map_err(failed)?;
    loop {
        let mut inconsistent = None;
        for operation in merge.by_ref().take(PIECE) {
            if let Err(error) = stitch.push(&operation.map_err(failed)?) {
                inconsistent = Some(error);
                break;
            }
        }
        let is_last = stitch.memory.len() == 0;
        if is_last {
            stitch.close();
        }
        if let Some(comparison) = &mut memory {
            comparison.expect(&stitch.memory.columns())?;
        }
        // Rows before the load that is wrong come first.
        inconsistent.map_or(Ok(()), Err)?;
        if let Some(comparison) = &mut boundary {
            comparison.expect(&stitch.boundary.columns())?;
        }
        note_output(&mut output, &stitch.boundary);
        stitch.memory.clear();
        stitch.boundary.clear();
        if is_last {
            break;
        }
    }
    memory.map_or(Ok(()), Comparison::finish)?;
    boundary.map_or(Ok(()), Comparison::finish)?;
    check_output(witness, &output)
}

fn note_output(output: &mut FinalOutput<'_>, boundary: &BoundaryRows) {
    for (&address, &value) in boundary.word_address.iter().zip(&boundary.final_value) {
        output.word(address.into(), value);
    }
}

fn check_output(witness: &Witness<'_>, output: &FinalOutput<'_>) -> Result<(), CheckError> {
    match output.mismatch() {
        // After a trap there is no public output, whatever the region holds.
        Some((offset, memory, claimed)) if matches!(witness.outcome, zkvm_machine::Outcome::Halted { .. }) => {
            Err(CheckError::PublicOutput { offset, memory, claimed })
        }
        _ => Ok(()),
    }
}

/// A row of the memory table.
#[derive(Clone, Copy)]
struct Row {
    word_address: u64,
    step: u64,
    kind: u64,
    previous_step: u64,
    previous_value: u64,
    value: u64,
}

/// Checks the memory table against itself and the initial image, and the boundary table and the public output against it.
/// This shares no code with what wrote it.
pub(super) fn against_itself(witness: &Witness<'_>, rows: u64) -> Result<(), CheckError> {
    let failed = |source| CheckError::Table { table: Table::Memory, source };
    let mut reader = TableReader::open(witness.directory, Table::Memory, rows).map_err(failed)?;
    let mut boundary = Comparison::open(witness, Table::MemoryBoundary)?;
    let mut output = FinalOutput::new(&witness.public_output);
    let image = Image::new(&witness.program, &witness.input);
    let mut ended = BoundaryRows::default();
    let mut word: Option<(u64, Row)> = None;
    for batch in 0..reader.batches() {
        let batch_rows = reader.batch(batch).map_err(failed)?;
        let values = columns(&batch_rows).map_err(failed)?;
        for index in 0..batch_rows.num_rows() {
            let row = Row::read(&values, index);
            let number = (batch * BATCH_ROWS + index) as u64;
            let previous = word.filter(|(_, last)| last.word_address == row.word_address);
            let initial = previous.map_or_else(|| image.word(row.word_address), |(initial, _)| initial);
            row.check(number, word.map(|(_, last)| last), initial)?;
            if let Some((initial, last)) = word.filter(|_| previous.is_none()) {
                last.end(initial, &mut ended);
            }
            word = Some((initial, row));
        }
        if let Some((initial, last)) = word.filter(|_| batch + 1 == reader.batches()) {
            last.end(initial, &mut ended);
        }
        note_output(&mut output, &ended);
        if let Some(comparison) = &mut boundary {
            comparison.expect(&ended.columns())?;
        }
        ended.clear();
    }
    boundary.map_or(Ok(()), Comparison::finish)?;
    check_output(witness, &output)
}

impl Row {
    fn read(values: &[Values<'_>], row: usize) -> Row {
        // Columns are unsigned, and of at most 64 bits.
        let cell = |column: usize| values[column].get(row) as u64;
        Row {
            word_address: cell(0),
            step: cell(1),
            kind: cell(3),
            previous_step: cell(4),
            previous_value: cell(5),
            value: cell(6),
        }
    }

    /// Checks a row given the one before it and the initial value of its word.
    fn check(&self, number: u64, before: Option<Row>, initial: u64) -> Result<(), CheckError> {
        let wrong = |column: usize, expected: u64, actual: u64| {
            let cell = CheckError::Cell {
                table: Table::Memory,
                row: number,
                step: Some(self.step),
                column: MEMORY[column].name,
                expected: expected.into(),
                actual: actual.into(),
            };
            if expected == actual { Ok(()) } else { Err(cell) }
        };
        if !self.word_address.is_multiple_of(8) || before.is_some_and(|last| last.word_address > self.word_address) {
            let least = before.map_or(0, |last| last.word_address);
            return wrong(0, least, self.word_address).and(wrong(0, self.word_address & !7, self.word_address));
        }
        let last = before.filter(|last| last.word_address == self.word_address);
        if let Some(last) = last.filter(|last| last.step >= self.step) {
            return wrong(1, last.step + 1, self.step);
        }
        wrong(4, last.map_or(INITIAL, |last| last.step), self.previous_step)?;
        wrong(5, last.map_or(initial, |last| last.value), self.previous_value)?;
        if self.kind == u64::from(READ) { wrong(6, self.previous_value, self.value) } else { Ok(()) }
    }

    fn end(&self, initial: u64, ended: &mut BoundaryRows) {
        ended.word_address.push(self.word_address as u32);
        ended.initial_value.push(initial);
        ended.final_value.push(self.value);
        ended.last_step.push(self.step);
    }
}
