//! The `ecall` table.

mod air;
mod columns;
mod generation;

pub use air::Ecall;
pub use columns::EcallColumns;
