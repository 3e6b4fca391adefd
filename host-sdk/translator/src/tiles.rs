//! Where replay leaves the rows of steps: per class a tile, which is handed over and filled again while it is in the first
//! cache. A row holds what a step adds to its instruction; everything else is a function of the two.

use zkvm_machine::{Class, StepRecord};

/// Steps that native code executes at a time: it may add as many rows to a tile. Measured, as [`FULL`]: with 2048 steps, whose
/// rows leave the first cache, replay takes 1.4 times as long.
pub(crate) const ROUND: usize = 512;

/// A tile of more rows is handed over after a round.
pub(crate) const FULL: usize = ROUND / 4;

/// A value in a row.
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
    /// The values in a row of a class, in order. Loads and stores at any address, aligned or not, are in the tiles of
    /// [`Class::Load`] and [`Class::Store`].
    pub const fn of(class: Class) -> &'static [TileColumn] {
        use TileColumn::{Address, RdValue, Rs1Value, Rs2Value};
        match class {
            Class::Add | Class::Bitwise | Class::Lt | Class::Shift | Class::Mul | Class::DivRem => {
                &[Rs1Value, Rs2Value, RdValue]
            }
            Class::Atomic | Class::Ecall => &[Rs1Value, Rs2Value, RdValue],
            Class::Branch => &[Rs1Value, Rs2Value],
            Class::Jump => &[Rs1Value],
            Class::Load | Class::MisalignedLoad => &[Address, RdValue],
            Class::Store | Class::MisalignedStore => &[Address, Rs2Value],
            Class::Fence => &[],
        }
    }

    fn value(self, record: &StepRecord) -> u64 {
        match self {
            TileColumn::Rs1Value => record.rs1,
            TileColumn::Rs2Value => record.rs2,
            TileColumn::RdValue => record.rd,
            TileColumn::Address => record.access.map_or(0, |access| access.address),
        }
    }
}

/// Cells of a row: the first holds the address of the instruction in its low half and the number of the step in its chunk
/// in its high half; then the values of [`TileColumn::of`].
pub(crate) const fn row_cells(class: Class) -> usize {
    1 + TileColumn::of(class).len()
}

/// The cells of a step's row.
pub(crate) fn row_of(step: u64, class: Class, record: &StepRecord) -> impl Iterator<Item = u64> {
    let first = step << 32 | record.pc & u64::from(u32::MAX);
    std::iter::once(first).chain(TileColumn::of(class).iter().map(|column| column.value(record)))
}

/// Rows of steps of one class, in the order of the steps.
#[derive(Clone, Copy, Debug)]
pub struct Tile<'t> {
    class: Class,
    cells: &'t [u64],
}

impl<'t> Tile<'t> {
    pub(crate) fn new(class: Class, cells: &'t [u64]) -> Tile<'t> {
        Tile { class, cells }
    }

    /// The class of the instructions.
    #[inline]
    pub fn class(&self) -> Class {
        self.class
    }

    /// Number of rows.
    #[inline]
    pub fn len(&self) -> usize {
        self.cells.len() / row_cells(self.class)
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The rows.
    #[inline]
    pub fn rows(&self) -> impl ExactSizeIterator<Item = TileRow<'t>> + use<'t> {
        self.cells.chunks_exact(row_cells(self.class)).map(|cells| TileRow { cells })
    }

    /// The cells of all rows, one after the other: per row the address of the instruction in the low half and the number of
    /// the step in its chunk in the high half of the first, then the values of [`TileColumn::of`].
    #[inline]
    pub fn cells(&self) -> &'t [u64] {
        self.cells
    }

    /// The values of a column, if the class has it.
    #[inline]
    pub fn column(&self, column: TileColumn) -> Option<impl ExactSizeIterator<Item = u64> + use<'t>> {
        let index = 1 + TileColumn::of(self.class).iter().position(|&other| other == column)?;
        Some(self.cells.chunks_exact(row_cells(self.class)).map(move |cells| cells[index]))
    }
}

/// A row of a [`Tile`].
#[derive(Clone, Copy, Debug)]
pub struct TileRow<'t> {
    cells: &'t [u64],
}

impl<'t> TileRow<'t> {
    /// Number of the step in its chunk, from 0.
    #[inline]
    pub fn step(&self) -> u64 {
        self.cells[0] >> 32
    }

    /// Address of the instruction.
    #[inline]
    pub fn pc(&self) -> u64 {
        self.cells[0] & u64::from(u32::MAX)
    }

    /// The values of [`TileColumn::of`], in order.
    #[inline]
    pub fn values(&self) -> &'t [u64] {
        &self.cells[1..]
    }
}
