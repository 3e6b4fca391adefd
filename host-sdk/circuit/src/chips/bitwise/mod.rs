//! The `bitwise` table.

mod air;
mod columns;
mod generation;
#[cfg(test)]
mod tests;

pub use air::Bitwise;
pub use columns::BitwiseColumns;
pub use generation::rows;
