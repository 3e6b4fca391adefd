//! The `lookup` table: small facts about numbers below 2^16.

mod air;
mod columns;
mod generation;

pub use air::Lookup;
pub use columns::{FixedColumns, LookupColumns};
pub use generation::rows;
