//! A table file being written: rows of any grouping in, record batches of [`BATCH_ROWS`] out, hashed on the way.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, RecordBatch, UInt8Array, UInt32Array, UInt64Array};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};

use crate::table::columns::{OwnedValues, Values};
use crate::table::schema::{BATCH_ROWS, Column, ColumnType, Table};

/// How table files are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// Zstandard, per column and batch.
    Zstd,
}

/// What a finished file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub rows: u64,
    pub bytes: u64,
    pub blake3: blake3::Hash,
}

/// Bytes and hash of what passes through.
struct Hashing {
    file: File,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

pub(crate) struct TableWriter {
    writer: FileWriter<std::io::BufWriter<Hashing>>,
    schema: SchemaRef,
    columns: Vec<Column>,
    pending: Vec<OwnedValues>,
    pending_rows: usize,
    rows: u64,
}

/// The Arrow schema of a table. Metadata is left out: Arrow keeps it in hash maps, whose order varies.
pub(crate) fn arrow_schema(columns: &[Column]) -> Schema {
    let field = |column: &Column| {
        let data_type = match column.kind {
            ColumnType::U8 => DataType::UInt8,
            ColumnType::U32 => DataType::UInt32,
            ColumnType::I32 => DataType::Int32,
            ColumnType::U64 => DataType::UInt64,
        };
        Field::new(column.name, data_type, false)
    };
    Schema::new(columns.iter().map(field).collect::<Vec<_>>())
}

impl TableWriter {
    /// Creates the file of `table` in `directory`.
    pub fn create(directory: &Path, table: Table, compression: Compression) -> Result<TableWriter, ArrowError> {
        let columns = table.columns();
        let schema = Arc::new(arrow_schema(&columns));
        let file = File::create_new(directory.join(table.file_name()))?;
        let sink = std::io::BufWriter::new(Hashing { file, hasher: blake3::Hasher::new(), bytes: 0 });
        let codec = match compression {
            Compression::None => None,
            Compression::Zstd => Some(CompressionType::ZSTD),
        };
        let options = IpcWriteOptions::default().try_with_compression(codec)?;
        let writer = FileWriter::try_new_with_options(sink, &schema, options)?;
        let pending = empty(&columns);
        Ok(TableWriter { writer, schema, columns, pending, pending_rows: 0, rows: 0 })
    }

    /// Appends rows, given as columns of one length.
    pub fn append(&mut self, columns: &[Values<'_>]) -> Result<(), ArrowError> {
        let rows = columns.first().map_or(0, Values::len);
        let mut from = 0;
        while from < rows {
            let to = rows.min(from + BATCH_ROWS - self.pending_rows);
            for (pending, values) in self.pending.iter_mut().zip(columns) {
                pending.extend(*values, from, to);
            }
            self.pending_rows += to - from;
            from = to;
            if self.pending_rows == BATCH_ROWS {
                self.write_batch()?;
            }
        }
        self.rows += rows as u64;
        Ok(())
    }

    /// Bytes written so far.
    pub fn bytes(&self) -> u64 {
        self.writer.get_ref().get_ref().bytes
    }

    /// Writes what is pending and the end of the file.
    pub fn finish(mut self) -> Result<Written, ArrowError> {
        if self.pending_rows > 0 {
            self.write_batch()?;
        }
        self.writer.finish()?;
        let sink = self.writer.into_inner()?;
        let Hashing { hasher, bytes, .. } = sink.into_inner().map_err(|error| error.into_error())?;
        Ok(Written { rows: self.rows, bytes, blake3: hasher.finalize() })
    }

    fn write_batch(&mut self) -> Result<(), ArrowError> {
        let values = std::mem::replace(&mut self.pending, empty(&self.columns));
        self.pending_rows = 0;
        let array = |values| -> ArrayRef {
            match values {
                OwnedValues::U8(values) => Arc::new(UInt8Array::from(values)),
                OwnedValues::U32(values) => Arc::new(UInt32Array::from(values)),
                OwnedValues::I32(values) => Arc::new(Int32Array::from(values)),
                OwnedValues::U64(values) => Arc::new(UInt64Array::from(values)),
            }
        };
        let arrays = values.into_iter().map(array).collect();
        self.writer.write(&RecordBatch::try_new(Arc::clone(&self.schema), arrays)?)
    }
}

fn empty(columns: &[Column]) -> Vec<OwnedValues> {
    columns.iter().map(|column| OwnedValues::new(column.kind)).collect()
}
