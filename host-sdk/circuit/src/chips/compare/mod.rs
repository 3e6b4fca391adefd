//! The `compare` table.

mod air;
mod columns;
mod generation;
#[cfg(test)]
mod tests;

pub use air::Compare;
pub use columns::CompareColumns;
pub use generation::rows;
