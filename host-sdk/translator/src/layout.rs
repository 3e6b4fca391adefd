//! Where native code and its host side find each other's data. `rbp` points [`STATE_BIAS`] bytes into the state block, so
//! that the 32 guest registers are within reach of an 8-bit displacement.

use std::mem::offset_of;

use zkvm_machine::Class;

/// Distance from the start of the state block to where `rbp` points.
pub(crate) const STATE_BIAS: i32 = 128;

/// Longest basic block. A block is only entered if all of it fits into the budget: at the end of each chunk the reference
/// semantics execute half of one on average.
pub(crate) const MAX_BLOCK: u32 = 256;

/// The same in replay, whose budgets are small.
pub(crate) const REPLAY_MAX_BLOCK: u32 = 64;

/// Why native code returned.
pub(crate) mod exit {
    /// At `exit_pc`, before the block there, with its register map; all counters are exact.
    pub(crate) const BEFORE_BLOCK: u64 = 0;
    /// At `exit_pc`, inside a block; the block's steps have been counted, its log not yet been bumped.
    pub(crate) const INSIDE_BLOCK: u64 = 1;
    /// Like `INSIDE_BLOCK`, but at the instruction whose native code `fault_rip` lies in.
    pub(crate) const FAULT: u64 = 2;
    /// At `exit_pc`, where no block begins, with the common register map; all counters are exact.
    pub(crate) const NO_BLOCK: u64 = 3;
}

/// Everything native code reads and writes besides guest memory and log.
#[repr(C, align(4096))]
pub(crate) struct State {
    /// The guest registers without a home.
    pub x: [u64; 32],
    /// The x86 registers, by their numbers, at entry and exit: those of the others.
    pub host: [u64; 16],
    pub exit_pc: u64,
    pub exit_kind: u64,
    /// Steps left in the budget.
    pub steps: u64,
    /// Where the next log entry goes.
    pub log: u64,
    /// Host address to enter at.
    pub target: u64,
    pub host_rsp: u64,
    pub fault_rip: u64,
    pub reservation_address: u64,
    /// 4 or 8; 0 if there is no reservation.
    pub reservation_bytes: u64,
    /// In replay: the number of the next step in its chunk, in the upper halves.
    pub step: [u64; 2],
    /// In replay: where the next row of each class goes.
    pub tile_ends: [u64; Class::ALL.len()],
}

/// The jump table follows the state block: per slot of the largest text range the host address of its code.
pub(crate) const JUMP_TABLE: usize = size_of::<State>();

macro_rules! field {
    ($name:ident) => {
        (std::mem::offset_of!($crate::layout::State, $name) as i32 - $crate::layout::STATE_BIAS)
    };
}
pub(crate) use field;

/// Displacement from `rbp` of guest register `index`.
pub(crate) const fn slot(index: usize) -> i8 {
    (index * 8) as i8 ^ -128
}

/// Displacement from `rbp` of where x86 register `number` is kept outside of native code.
pub(crate) const fn host(number: u8) -> i32 {
    offset_of!(State, host) as i32 + 8 * number as i32 - STATE_BIAS
}

/// Displacement from `rbp` of where the next row of `class` goes.
pub(crate) const fn tile_end(class: Class) -> i32 {
    offset_of!(State, tile_ends) as i32 + 8 * class as i32 - STATE_BIAS
}

/// Displacement from `rbp` of the jump table.
pub(crate) const JUMP_TABLE_DISPLACEMENT: i32 = JUMP_TABLE as i32 - STATE_BIAS;

const _: () = assert!(slot(0) == -128 && slot(16) == 0 && slot(31) == 120);
