//! The `leaf` table: leaves of the memory tree that the segment touches.

mod air;
mod columns;
mod generation;
#[cfg(test)]
mod tests;

pub use air::Leaf;
pub use columns::LeafColumns;
pub use generation::{LeafStep, rows};
