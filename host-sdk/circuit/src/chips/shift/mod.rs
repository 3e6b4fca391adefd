//! The `shift` table.

mod air;
mod columns;
mod generation;
#[cfg(test)]
mod tests;

pub use air::Shift;
pub use columns::ShiftColumns;
pub use generation::rows;
