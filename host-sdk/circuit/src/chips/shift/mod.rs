//! The `shift` table.

mod air;
mod columns;
mod generation;

pub use air::Shift;
pub use columns::ShiftColumns;
