//! The `poseidon2` table.

mod air;
mod columns;
mod generation;

pub use air::Poseidon2;
pub use columns::Poseidon2Columns;
