//! The `narrow` table.

mod air;
mod columns;
mod generation;
#[cfg(test)]
mod tests;

pub use air::Narrow;
pub use columns::NarrowColumns;
pub use generation::rows;
