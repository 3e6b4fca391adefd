//! A table file being read, batch by batch.

use std::fs::File;
use std::path::Path;

use arrow_array::{Array, Int32Array, RecordBatch, UInt8Array, UInt32Array, UInt64Array};
use arrow_ipc::reader::FileReader;
use arrow_schema::ArrowError;

use crate::table::columns::Values;
use crate::table::schema::{BATCH_ROWS, Table};
use crate::table::writer::arrow_schema;

pub(crate) struct TableReader {
    reader: FileReader<File>,
    rows: u64,
}

impl TableReader {
    /// Opens the file of `table`, of `rows` rows, in `directory` and checks its schema.
    pub fn open(directory: &Path, table: Table, rows: u64) -> Result<TableReader, ArrowError> {
        let reader = FileReader::try_new(File::open(directory.join(table.file_name()))?, None)?;
        let expected = arrow_schema(&table.columns());
        let actual = reader.schema();
        if actual.fields() != expected.fields() {
            return Err(ArrowError::SchemaError(format!(
                "expected {:?}, found {:?}",
                expected.fields(),
                actual.fields()
            )));
        }
        let (batches, expected) = (reader.num_batches() as u64, rows.div_ceil(BATCH_ROWS as u64));
        if batches != expected {
            let message = format!("{batches} record batches, {rows} rows make {expected}");
            return Err(ArrowError::InvalidArgumentError(message));
        }
        Ok(TableReader { reader, rows })
    }

    /// Number of batches.
    pub fn batches(&self) -> usize {
        self.reader.num_batches()
    }

    /// Batch number `index`.
    pub fn batch(&mut self, index: usize) -> Result<RecordBatch, ArrowError> {
        self.reader.set_index(index)?;
        let missing = || Err(ArrowError::IpcError(format!("record batch {index} is missing")));
        let batch = self.reader.next().unwrap_or_else(missing)?;
        let (rows, expected) = (batch.num_rows() as u64, self.rows - index as u64 * BATCH_ROWS as u64);
        if rows != expected.min(BATCH_ROWS as u64) {
            return Err(ArrowError::InvalidArgumentError(format!("record batch {index} has {rows} rows")));
        }
        Ok(batch)
    }
}

/// The columns of `batch`.
pub(crate) fn columns(batch: &RecordBatch) -> Result<Vec<Values<'_>>, ArrowError> {
    let values = |array: &'_ std::sync::Arc<dyn Array>| array.null_count() == 0;
    if !batch.columns().iter().all(values) {
        return Err(ArrowError::InvalidArgumentError("a column holds nulls".to_owned()));
    }
    batch.columns().iter().map(|array| column(array.as_any())).collect()
}

fn column(array: &dyn std::any::Any) -> Result<Values<'_>, ArrowError> {
    if let Some(array) = array.downcast_ref::<UInt64Array>() {
        Ok(Values::U64(array.values()))
    } else if let Some(array) = array.downcast_ref::<UInt32Array>() {
        Ok(Values::U32(array.values()))
    } else if let Some(array) = array.downcast_ref::<Int32Array>() {
        Ok(Values::I32(array.values()))
    } else if let Some(array) = array.downcast_ref::<UInt8Array>() {
        Ok(Values::U8(array.values()))
    } else {
        Err(ArrowError::SchemaError("a column is of no type of the witness format".to_owned()))
    }
}
