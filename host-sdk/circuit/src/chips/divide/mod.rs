//! The `divide` table.

mod air;
mod columns;
mod generation;
#[cfg(test)]
mod tests;

pub use air::Divide;
pub use columns::DivideColumns;
pub use generation::rows;
