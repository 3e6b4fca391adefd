//! The `bitwise` table.

mod air;
mod columns;
mod generation;

pub use air::Bitwise;
pub use columns::BitwiseColumns;
