//! The `atomic` table.

mod air;
mod columns;
mod generation;

pub use air::Atomic;
pub use columns::AtomicColumns;
