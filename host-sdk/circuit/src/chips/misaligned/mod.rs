//! The `misaligned` table.

mod air;
mod columns;
mod generation;

pub use air::Misaligned;
pub use columns::MisalignedColumns;
