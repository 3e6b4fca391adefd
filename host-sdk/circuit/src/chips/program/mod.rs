//! The `program` table: instructions and mapped regions.

mod air;
mod columns;
mod fields;
mod generation;

pub use air::Program;
pub use columns::{FixedColumns, ProgramColumns};
pub use fields::{CoreFields, Fields, Flags};
pub use generation::{LeafRegion, ProgramRows, rows};
