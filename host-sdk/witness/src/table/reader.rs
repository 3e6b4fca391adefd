//! A table file being read, batch by batch.

use std::fs::File;
use std::path::Path;

use arrow_array::{Array, Int32Array, RecordBatch, UInt8Array, UInt32Array, UInt64Array};
use arrow_ipc::reader::FileReader;
use arrow_schema::ArrowError;

use crate::table::columns::Values;
use crate::table::schema::Table;
use crate::table::writer::arrow_schema;

pub(crate) struct TableReader {
    reader: FileReader<File>,
}

impl TableReader {
    /// Opens the file of `table` in `directory` and checks its schema.
    pub fn open(directory: &Path, table: Table) -> Result<TableReader, ArrowError> {
        let reader = FileReader::try_new(File::open(directory.join(table.file_name()))?, None)?;
        let expected = arrow_schema(&table.columns());
        let actual = reader.schema();
        if actual.fields() != expected.fields() {
            return Err(ArrowError::SchemaError(format!("expected {:?}, found {:?}", expected.fields(), actual.fields())));
        }
        Ok(TableReader { reader })
    }

    /// Number of batches.
    pub fn batches(&self) -> usize {
        self.reader.num_batches()
    }

    /// Batch number `index`.
    pub fn batch(&mut self, index: usize) -> Result<RecordBatch, ArrowError> {
        self.reader.set_index(index)?;
        self.reader.next().unwrap_or_else(|| Err(ArrowError::IpcError(format!("batch {index} is missing"))))
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
