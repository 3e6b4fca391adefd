//! The `multiply` table.

mod air;
mod columns;
mod generation;

pub use air::Multiply;
pub use columns::MultiplyColumns;
