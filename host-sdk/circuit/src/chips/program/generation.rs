//! How rows of `program` are made and filled.

use std::sync::Arc;

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;
use zkvm_abi::Region;
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
    /// Regions: first leaf, last leaf, read-only.
    regions: Vec<(u64, u64, bool)>,
    /// Row of the first region.
    first_region: usize,
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
        let first_region = all.len();
        let regions = regions(program);
        all.extend(regions.iter().map(|&(first, last, read_only)| region(first, last, read_only)));
        let height = height(all.len());
        let mut values: Vec<F> = all.iter().flatten().map(|&field| F::from_u64(field)).collect();
        values.resize(height * FixedColumns::<F>::WIDTH, F::ZERO);
        let fixed = Arc::new(RowMajorMatrix::new(values, FixedColumns::<F>::WIDTH));
        ProgramRows { fixed, text, regions, first_region }
    }

    /// Number of rows, padding included.
    pub fn len(&self) -> usize {
        self.fixed.values.len() / self.fixed.width
    }

    /// Row of the instruction at `pc`.
    pub fn instruction(&self, pc: u64) -> Option<usize> {
        let (start, _, first) = self.text.iter().find(|(start, bytes, _)| pc.wrapping_sub(*start) < *bytes)?;
        Some(first + ((pc - start) / 4) as usize)
    }

    /// The mapped region a leaf lies in: its row, first leaf, last leaf and whether it is read-only.
    pub fn region(&self, leaf: u64) -> Option<(usize, u64, u64, bool)> {
        let at = self.regions.iter().position(|(first, last, _)| (*first..=*last).contains(&leaf))?;
        let (first, last, read_only) = self.regions[at];
        Some((self.first_region + at, first, last, read_only))
    }
}

/// Mapped leaves as (first, last, read-only); the registers last. Pages are whole leaves.
fn regions(program: &GuestProgram) -> Vec<(u64, u64, bool)> {
    const LEAF_BYTES: u64 = LEAF_CELLS * 8;
    let leaves = |region: Region| (region.start / LEAF_BYTES, region.end / LEAF_BYTES - 1);
    let mapped = program.permissions().regions().into_iter().filter(|(_, access)| access.read);
    let mapped = mapped.map(|(region, access)| (leaves(region).0, leaves(region).1, !access.write));
    mapped.chain([(REGISTER_LEAF, REGISTER_LEAF + REGISTER_LEAVES - 1, false)]).collect()
}

/// The rows of a segment that used row i `times[i]` times; one number for every row of the program.
pub fn rows(times: &[u32]) -> RowMajorMatrix<F> {
    RowMajorMatrix::new(times.iter().map(|&times| F::from_u32(times)).collect(), ProgramColumns::<F>::WIDTH)
}
