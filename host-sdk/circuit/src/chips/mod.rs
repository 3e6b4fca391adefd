//! The tables, a folder each: `columns.rs`, `air.rs`, `generation.rs`.

pub mod atomic;
pub mod bitwise;
pub mod compare;
pub mod core;
pub mod divide;
pub mod ecall;
pub mod leaf;
pub mod lookup;
pub mod misaligned;
pub mod multiply;
pub mod narrow;
pub mod node;
pub mod poseidon2;
pub mod program;
pub mod shift;
pub mod touch;
