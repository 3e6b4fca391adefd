//! The `divide` table.

mod air;
mod columns;
mod generation;

pub use air::Divide;
pub use columns::DivideColumns;
