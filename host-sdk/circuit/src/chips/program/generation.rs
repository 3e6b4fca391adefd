//! How rows of `program` are made and filled.

use std::sync::Arc;

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;
use zkvm_abi::INPUT;
use zkvm_machine::Program as GuestProgram;

use super::columns::{FixedColumns, ProgramColumns};
use super::fields::{Fields, instruction, region};
use crate::cells::{LEAF_CELLS, REGISTER_LEAF, REGISTER_LEAVES};
use crate::chips::height;
use crate::field::F;

/// The fixed rows of a program, and where each is.
#[derive(Clone, Debug)]
pub struct ProgramRows {
    /// The rows, padded to a power of two.
    pub fixed: Arc<RowMajorMatrix<F>>,
    /// Text ranges: first address, length in bytes, first row.
    text: Vec<(u64, u64, usize)>,
    regions: Vec<LeafRegion>,
}

/// A mapped range of leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeafRegion {
    /// Its row in the table.
    pub row: usize,
    /// Its first leaf.
    pub first: u64,
    /// Its last leaf.
    pub last: u64,
    /// Whether it cannot be written.
    pub read_only: bool,
    /// Whether it is the input.
    pub input: bool,
}

impl ProgramRows {
    /// The rows of `program`: its text, in address order, then its mapped regions, then the registers.
    pub fn new(program: &GuestProgram) -> ProgramRows {
        let mut all: Vec<Fields> = Vec::new();
        let mut text = Vec::new();
        for range in program.text() {
            text.push((range.start, range.end() - range.start, all.len()));
            for pc in (range.start..range.end()).step_by(4) {
                let fields = program.fetch(pc).ok().and_then(|it| instruction(pc, it));
                all.push(fields.unwrap_or_default());
            }
        }
        let regions = regions(program, all.len());
        all.extend(regions.iter().map(|it| region(it.first, it.last, it.read_only, it.input)));
        let height = height(all.len());
        let mut values: Vec<F> = all.iter().flatten().map(|&field| F::from_u64(field)).collect();
        values.resize(height * FixedColumns::<F>::WIDTH, F::ZERO);
        let fixed = Arc::new(RowMajorMatrix::new(values, FixedColumns::<F>::WIDTH));
        ProgramRows { fixed, text, regions }
    }

    /// Number of rows, padding included.
    pub fn len(&self) -> usize {
        self.fixed.values.len() / self.fixed.width
    }

    /// Whether a table of no rows: never, since there are regions.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Row of the instruction at `pc`.
    pub fn instruction(&self, pc: u64) -> Option<usize> {
        let (start, _, first) = self.text.iter().find(|(start, bytes, _)| pc.wrapping_sub(*start) < *bytes)?;
        Some(first + ((pc - start) / 4) as usize)
    }

    /// The mapped region a leaf lies in.
    pub fn region(&self, leaf: u64) -> Option<LeafRegion> {
        self.regions.iter().find(|region| (region.first..=region.last).contains(&leaf)).copied()
    }
}

/// The mapped regions, their rows from `row` on; the registers last. Pages are whole leaves.
fn regions(program: &GuestProgram, row: usize) -> Vec<LeafRegion> {
    const LEAF_BYTES: u64 = LEAF_CELLS * 8;
    let mapped = program.permissions().regions().into_iter().filter(|(_, access)| access.read);
    let mapped = mapped.map(|(region, access)| (region.start / LEAF_BYTES, region.end / LEAF_BYTES - 1, !access.write));
    let registers = (REGISTER_LEAF, REGISTER_LEAF + REGISTER_LEAVES - 1, false);
    let all = mapped.chain([registers]).zip(row..);
    all.map(|((first, last, read_only), row)| LeafRegion {
        row,
        first,
        last,
        read_only,
        input: first == INPUT.start / LEAF_BYTES,
    })
    .collect()
}

/// The rows of a segment that used row i `times[i]` times; one number for every row of the program.
pub fn rows(times: &[u32]) -> RowMajorMatrix<F> {
    RowMajorMatrix::new(times.iter().map(|&times| F::from_u32(times)).collect(), ProgramColumns::<F>::WIDTH)
}
