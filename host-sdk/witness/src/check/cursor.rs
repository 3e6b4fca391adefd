//! A step table read row by row.

use zkvm_machine::Class;

use crate::check::error::CheckError;
use crate::check::files::Witness;
use crate::check::rows::read_steps;
use crate::table::reader::TableReader;
use crate::table::schema::{BATCH_ROWS, Field, Table};
use crate::table::steps::StepRows;

/// A step table being read row by row.
pub(super) struct Cursor {
    pub class: Class,
    reader: TableReader,
    pub rows: StepRows,
    /// Number of the row that is next, in the table.
    pub next: u64,
    pub total: u64,
}

impl Cursor {
    pub(super) fn open(witness: &Witness<'_>, class: Class) -> Result<Cursor, CheckError> {
        let table = Table::Steps(class);
        let total = witness.rows(table).unwrap_or(0);
        let opened = TableReader::open(witness.directory, table, total);
        let reader = opened.map_err(|source| CheckError::Table { table, source })?;
        let mut cursor = Cursor { class, reader, rows: StepRows::default(), next: 0, total };
        cursor.fill()?;
        Ok(cursor)
    }

    /// Reads the batch of the next row, if that is its first.
    pub(super) fn fill(&mut self) -> Result<(), CheckError> {
        if self.next < self.total && self.next.is_multiple_of(BATCH_ROWS as u64) {
            let batch = (self.next / BATCH_ROWS as u64) as usize;
            read_steps(&mut self.reader, self.class, batch, &mut self.rows)?;
        }
        Ok(())
    }

    pub(super) fn row(&self) -> usize {
        (self.next % BATCH_ROWS as u64) as usize
    }

    /// Step of the next row.
    pub(super) fn step(&self) -> Option<u64> {
        (self.next < self.total).then(|| self.rows.step[self.row()])
    }

    pub(super) fn wrong(&self, column: Field, expected: u64, actual: u64) -> CheckError {
        CheckError::Cell {
            table: Table::Steps(self.class),
            row: self.next,
            step: self.step(),
            column: column.column().name,
            expected: expected.into(),
            actual: actual.into(),
        }
    }

    /// Fails unless a cell of the next row, if the table has that column, is `expected`.
    pub(super) fn expect(&self, column: Field, values: &[u64], expected: u64) -> Result<(), CheckError> {
        match values.get(self.row()) {
            Some(&actual) if actual != expected => Err(self.wrong(column, expected, actual)),
            _ => Ok(()),
        }
    }
}

/// For a witness without all step tables: the steps of each table that is there rise and lie in the range written.
pub(super) fn check_order(witness: &Witness<'_>) -> Result<(), CheckError> {
    let present = Class::ALL.into_iter().filter(|&class| witness.rows(Table::Steps(class)).is_some());
    for class in present {
        let mut cursor = Cursor::open(witness, class)?;
        let mut least = witness.start.step;
        while let Some(step) = cursor.step() {
            if step < least || step >= witness.end.step {
                return Err(cursor.wrong(Field::Step, least, step));
            }
            least = step + 1;
            cursor.next += 1;
            cursor.fill()?;
        }
    }
    Ok(())
}
