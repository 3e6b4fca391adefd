//! The `node` table.

mod air;
mod columns;
mod generation;

pub use air::Node;
pub use columns::NodeColumns;
