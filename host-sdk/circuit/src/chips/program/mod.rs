//! The `program` table.

mod air;
mod columns;
mod generation;

pub use air::Program;
pub use columns::ProgramColumns;
