//! Minimal trace → witness: chunks replayed in parallel, their steps and memory accesses written as tables, and the
//! independent check of such tables. Each class of instructions has a table; `docs/witness-format.md` describes them all.
//!
//! ```
//! use zkvm_witness::{Class, Table};
//! let columns = Table::Steps(Class::Load).columns();
//! assert!(columns.iter().any(|column| column.name == "read_value"));
//! assert_eq!(Table::by_name("memory"), Some(Table::Memory));
//! ```

mod check;
mod code;
mod emit;
pub mod manifest;
mod memory;
mod replay;
mod table;

pub use check::{CheckError, CheckOptions, CheckReport, NotChecked, check};
pub use emit::{
    EmitError, EmitOptions, Existing, Progress, WitnessError, WitnessSummary, emit_witness, forecast, forecast_at_most,
};
pub use memory::stitch::InconsistentRead;
pub use replay::{
    CheckpointField, ChunkRef, FoundEnd, ReplayError, continues, ends_so, replay_chunk, replay_tiles, replay_trace,
};
pub use table::batches::{Batches, TableError, batches};
pub use table::schema::{BATCH_ROWS, Column, ColumnType, FORMAT_VERSION, INITIAL, Table};
pub use table::writer::Compression;
pub use zkvm_machine::Class;
