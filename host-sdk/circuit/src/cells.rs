//! Cells: the one address space of the `memory` bus. A cell holds a 64-bit word and has a number below 2^30.
//!
//! | cells | hold |
//! |---|---|
//! | 0 … 2^29 − 1 | guest memory: cell = address / 8 |
//! | 2^29 + i, i < 32 | register `xi` |
//! | 2^29 + 32 | [`TRASH`]: where instructions without a destination write |
//! | 2^29 + 33 | [`RESERVATION`]: 0, or the address of the last `lr` (low half) and its width in bytes (high half) |
//!
//! On the bus a word of read-only memory is called cell + [`READ_ONLY`]: a store names the cell without it, so it finds
//! no such word. Four cells are a leaf of the memory tree.

use zkvm_machine::Reg;

/// Cells of guest memory.
pub const RAM_CELLS: u64 = 1 << 29;
/// Cell of `x0`.
pub const REGISTERS: u64 = RAM_CELLS;
/// Where instructions without a destination write.
pub const TRASH: u64 = REGISTERS + 32;
/// The reservation of `lr`.
pub const RESERVATION: u64 = REGISTERS + 33;
/// Added to the cell of a word that lies in read-only memory.
pub const READ_ONLY: u64 = 1 << 30;

/// Cells in a leaf of the memory tree.
pub const LEAF_CELLS: u64 = 4;
/// Levels of the memory tree above its leaves: 2^30 cells.
pub const TREE_HEIGHT: u32 = 28;
/// First leaf of the registers.
pub const REGISTER_LEAF: u64 = REGISTERS / LEAF_CELLS;
/// Leaves of the registers; only they and those of mapped memory may be touched.
pub const REGISTER_LEAVES: u64 = 16;

/// Cell of a register that is read.
pub const fn source(reg: Reg) -> u64 {
    REGISTERS + reg.index() as u64
}

/// Cell of a register that is written: writes to `x0` go to [`TRASH`].
pub const fn destination(reg: Reg) -> u64 {
    if reg.index() == 0 { TRASH } else { source(reg) }
}

/// Time at which a segment starts.
pub const START_TIME: u64 = 1;
/// Longest time between two accesses of a cell; longer gaps are bridged by a row of `touch`.
pub const MAX_GAP: u64 = 1 << 16;
/// The pc after `exit`: above the guest window, so no jump leads there.
pub const HALTED: u64 = 1 << 32;
