//! The `leaf` table.

mod air;
mod columns;
mod generation;

pub use air::Leaf;
pub use columns::LeafColumns;
