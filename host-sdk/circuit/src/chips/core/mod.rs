//! The `core` table: ordinary instructions.

mod air;
mod columns;
mod generation;

pub use air::{Core, SLOTS};
pub use columns::CoreColumns;
pub use generation::{CoreStep, rows};
