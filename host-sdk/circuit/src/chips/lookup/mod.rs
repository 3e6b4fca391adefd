//! The `lookup` table.

mod air;
mod columns;
mod generation;

pub use air::Lookup;
pub use columns::LookupColumns;
