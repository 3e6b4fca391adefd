//! A table file against rows computed elsewhere.

use arrow_array::RecordBatch;

use crate::check::error::CheckError;
use crate::check::files::Witness;
use crate::table::columns::{Values, first_difference};
use crate::table::reader::{TableReader, columns};
use crate::table::schema::{BATCH_ROWS, Table};

pub(super) struct Comparison {
    table: Table,
    reader: TableReader,
    batch: Option<RecordBatch>,
    next: u64,
    total: u64,
}

impl Comparison {
    /// Of `table`; `None` if it is not there.
    pub(super) fn open(witness: &Witness<'_>, table: Table) -> Result<Option<Comparison>, CheckError> {
        let Some(total) = witness.rows(table) else { return Ok(None) };
        let opened = TableReader::open(witness.directory, table, total);
        let reader = opened.map_err(|source| CheckError::Table { table, source })?;
        Ok(Some(Comparison { table, reader, batch: None, next: 0, total }))
    }

    /// The next rows of the file must be `expected`.
    pub(super) fn expect(&mut self, expected: &[Values<'_>]) -> Result<(), CheckError> {
        let rows = expected.first().map_or(0, Values::len);
        let mut from = 0;
        while from < rows {
            let count = self.expect_in_batch(expected, from, rows)?;
            from += count;
            self.next += count as u64;
        }
        Ok(())
    }

    /// Compares as many of rows `from..to` of `expected` as are left in the current batch.
    fn expect_in_batch(&mut self, expected: &[Values<'_>], from: usize, to: usize) -> Result<usize, CheckError> {
        let table = self.table;
        let failed = |source| CheckError::Table { table, source };
        let has_step = table == Table::Memory;
        let step_of = |values: &[Values<'_>], row: usize| has_step.then(|| values[1].get(row) as u64);
        if self.next == self.total {
            return Err(CheckError::MissingRow { table, row: self.next, step: step_of(expected, from) });
        }
        let offset = (self.next % BATCH_ROWS as u64) as usize;
        if offset == 0 {
            self.batch = Some(self.reader.batch((self.next / BATCH_ROWS as u64) as usize).map_err(failed)?);
        }
        let batch = self.batch.as_ref().expect("read with its first row");
        let actual = columns(batch).map_err(failed)?;
        let count = (to - from).min(batch.num_rows() - offset);
        let expected: Vec<_> = expected.iter().map(|values| values.slice(from, from + count)).collect();
        let actual: Vec<_> = actual.iter().map(|values| values.slice(offset, offset + count)).collect();
        match first_difference(&actual, &expected) {
            None => Ok(count),
            Some(difference) => Err(CheckError::Cell {
                table,
                row: self.next + difference.row as u64,
                step: step_of(&actual, difference.row),
                column: table.columns()[difference.column].name,
                expected: difference.expected,
                actual: difference.actual,
            }),
        }
    }

    /// The file must end here.
    pub(super) fn finish(self) -> Result<(), CheckError> {
        let extra = CheckError::ExtraRow { table: self.table, row: self.next };
        if self.next == self.total { Ok(()) } else { Err(extra) }
    }
}
