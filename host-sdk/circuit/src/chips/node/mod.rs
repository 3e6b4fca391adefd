//! The `node` table: inner nodes of the memory tree that the segment opens, and what the segment claims.

mod air;
mod columns;
mod generation;
#[cfg(test)]
mod tests;

pub use air::Node;
pub use columns::NodeColumns;
pub use generation::rows;
