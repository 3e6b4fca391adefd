//! The `narrow` table.

mod air;
mod columns;
mod generation;

pub use air::Narrow;
pub use columns::NarrowColumns;
