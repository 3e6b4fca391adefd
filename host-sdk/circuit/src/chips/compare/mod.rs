//! The `compare` table.

mod air;
mod columns;
mod generation;

pub use air::Compare;
pub use columns::CompareColumns;
