//! The `poseidon2` table: the hash function of the memory tree.

mod air;
mod columns;
mod generation;
#[cfg(test)]
mod tests;

pub use air::Poseidon2;
pub use columns::{FirstRow, LastRow, Poseidon2Columns, SecondRow, ThirdRow};
pub use generation::rows;
