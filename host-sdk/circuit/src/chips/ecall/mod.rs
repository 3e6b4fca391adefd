//! The `ecall` table.

mod air;
mod columns;
mod generation;
#[cfg(test)]
mod tests;

pub use air::{Ecall, SLOTS};
pub use columns::EcallColumns;
pub use generation::{EcallStep, SystemCall, rows};
