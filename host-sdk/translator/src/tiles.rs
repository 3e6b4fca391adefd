//! Where replay leaves the rows of steps: per class a tile, which is handed over and filled again while it is in the second
//! cache. Its columns hold what a step adds to its instruction; everything else is a function of the two.

use zkvm_machine::{Class, StepRecord};

/// Steps that native code executes at a time: it may add as many rows to a tile.
pub(crate) const ROUND: usize = 2048;

/// A tile with more rows than this is handed over after the round.
pub(crate) const FULL: usize = ROUND / 2;

/// Rows of a tile.
pub(crate) const TILE_ROWS: usize = ROUND + FULL;

/// Rows that native code may write behind the last, with no meaning: it writes steps and pcs eight at a time.
const SLACK: usize = 8;

/// A column of values of a tile: `u64` each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileColumn {
    /// Value of `rs1`; of `a0` for `ecall`; 0 where the instruction has none.
    Rs1Value,
    /// Value of `rs2`; of `a2` for `ecall`; 0 where the instruction has none.
    Rs2Value,
    /// The result, dropped if `rd` is `x0`.
    RdValue,
    /// First byte accessed: `rs1` plus the offset.
    Address,
}

impl TileColumn {
    /// The columns of values of a class; those of loads and stores at any address, aligned or not, are in the tiles of
    /// [`Class::Load`] and [`Class::Store`].
    pub const fn of(class: Class) -> &'static [TileColumn] {
        use TileColumn::{Address, RdValue, Rs1Value, Rs2Value};
        match class {
            Class::Add | Class::Bitwise | Class::Lt | Class::Shift | Class::Mul | Class::DivRem | Class::Atomic => {
                &[Rs1Value, Rs2Value, RdValue]
            }
            Class::Ecall => &[Rs1Value, Rs2Value, RdValue],
            Class::Branch => &[Rs1Value, Rs2Value],
            Class::Jump => &[Rs1Value],
            Class::Load | Class::MisalignedLoad => &[Address, RdValue],
            Class::Store | Class::MisalignedStore => &[Address, Rs2Value],
            Class::Fence => &[],
        }
    }

    pub(crate) fn value(self, record: &StepRecord) -> u64 {
        match self {
            TileColumn::Rs1Value => record.rs1,
            TileColumn::Rs2Value => record.rs2,
            TileColumn::RdValue => record.rd,
            TileColumn::Address => record.access.map_or(0, |access| access.address),
        }
    }
}

/// Rows of steps of one class, in the order of the steps.
#[derive(Clone, Copy, Debug)]
pub struct Tile<'t> {
    /// The class of the instructions.
    pub class: Class,
    /// Per row the number of the step in its chunk, from 0.
    pub step: &'t [u32],
    /// Per row the address of the instruction.
    pub pc: &'t [u32],
    /// Per column of [`TileColumn::of`] the values of the rows; those it has not are empty.
    pub values: [&'t [u64]; 3],
}

impl<'t> Tile<'t> {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.step.len()
    }

    /// The values of a column, if the class has it.
    pub fn column(&self, column: TileColumn) -> Option<&'t [u64]> {
        let index = TileColumn::of(self.class).iter().position(|&other| other == column)?;
        Some(self.values[index])
    }
}

/// Where the columns of a class are, in bytes from the start of the tiles.
#[derive(Clone, Copy)]
pub(crate) struct TilePlace {
    pub step: usize,
    pub pc: usize,
    pub values: [usize; 3],
}

/// Keeps equal rows of different columns from having the same place in a cache.
const STAGGER: usize = 3 * 64;

const fn column_bytes(element: usize) -> usize {
    ((TILE_ROWS + SLACK) * element).next_multiple_of(64) + STAGGER
}

const TILE_BYTES: usize = 2 * column_bytes(4) + 3 * column_bytes(8);

/// Bytes of all tiles.
pub(crate) const TILES_BYTES: usize = Class::ALL.len() * TILE_BYTES;

pub(crate) const fn place(class: Class) -> TilePlace {
    let start = class as usize * TILE_BYTES;
    let values = start + 2 * column_bytes(4);
    TilePlace {
        step: start,
        pc: start + column_bytes(4),
        values: [values, values + column_bytes(8), values + 2 * column_bytes(8)],
    }
}
