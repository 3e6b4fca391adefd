//! A witness table for whoever wants its rows.

use std::fs::File;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_ipc::reader::FileReader;
use arrow_schema::ArrowError;

use crate::table::schema::Table;

/// A table that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("table {table} of the witness: {source}", table = .table.name())]
pub struct TableError {
    /// The table.
    pub table: Table,
    /// What Arrow's reader says.
    pub source: ArrowError,
}

/// The record batches of a table, in order, at most [`crate::BATCH_ROWS`] rows each.
pub struct Batches {
    table: Table,
    reader: FileReader<File>,
}

/// Opens `table` of the witness in `directory`. The columns are those of [`Table::columns`]; what they hold is whatever the
/// file holds: [`crate::check`] tells whether it is right.
///
/// # Errors
/// [`TableError`] if there is no such file, or it is no Arrow file.
pub fn batches(directory: &Path, table: Table) -> Result<Batches, TableError> {
    let wrap = |source| TableError { table, source };
    let file = File::open(directory.join(table.file_name())).map_err(|error| wrap(error.into()))?;
    Ok(Batches { table, reader: FileReader::try_new(file, None).map_err(wrap)? })
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.reader.next()?;
        Some(batch.map_err(|source| TableError { table: self.table, source }))
    }
}
