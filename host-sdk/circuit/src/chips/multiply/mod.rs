//! The `multiply` table.

mod air;
mod columns;
mod generation;
#[cfg(test)]
mod tests;

pub use air::Multiply;
pub use columns::MultiplyColumns;
pub use generation::rows;
