//! The `touch` table: bridges between accesses of a cell that lie far apart.

mod air;
mod columns;
mod generation;
#[cfg(test)]
mod tests;

pub use air::Touch;
pub use columns::TouchColumns;
pub use generation::{TouchStep, rows};
