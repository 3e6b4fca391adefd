//! The `atomic` table.

mod air;
mod columns;
mod fields;
mod generation;
#[cfg(test)]
mod tests;

pub use air::{Atomic, SLOTS};
pub use columns::AtomicColumns;
pub use fields::{AtomicFields, Class};
pub use generation::{AtomicStep, rows};
