//! The `misaligned` table.

mod air;
mod columns;
mod generation;
#[cfg(test)]
mod tests;

pub use air::{Misaligned, SLOTS};
pub use columns::MisalignedColumns;
pub use generation::{MisalignedStep, rows};
