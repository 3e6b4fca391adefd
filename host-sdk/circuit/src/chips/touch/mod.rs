//! The `touch` table.

mod air;
mod columns;
mod generation;

pub use air::Touch;
pub use columns::TouchColumns;
