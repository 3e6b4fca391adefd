//! The `core` table.

mod air;
mod columns;
mod generation;

pub use air::Core;
pub use columns::CoreColumns;
