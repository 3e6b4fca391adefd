//! The tables, a folder each: `columns.rs`, `air.rs`, `generation.rs`.

pub mod atomic;
pub mod bitwise;
pub mod compare;
pub mod core;
pub mod divide;
pub mod ecall;
mod filling;
pub mod leaf;
pub mod lookup;
pub mod misaligned;
pub mod multiply;
pub mod narrow;
pub mod node;
pub mod poseidon2;
pub mod program;
pub mod shift;
#[cfg(test)]
pub(crate) mod testing;
pub mod touch;
#[cfg(test)]
mod unit_testing;
mod units;

/// Rows of the smallest table: more than FRI's final polynomial has coefficients.
pub const MIN_ROWS: usize = 1 << 10;

/// Height of a table with `used` rows: a power of two, and below 2^16 one of four: every other height in a proof is a
/// folding step of its own, which costs more bytes than short tables cost cells.
pub fn height(used: usize) -> usize {
    let log_height = used.next_power_of_two().max(MIN_ROWS).ilog2();
    1 << if log_height < 16 { log_height.next_multiple_of(2) } else { log_height }
}

/// log2 of the height of the tallest table a proof may have: security depends on it.
pub const MAX_LOG_HEIGHT: usize = 22;
