//! How rows of `touch` are filled.

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::columns::TouchColumns;
use crate::chips::height;
use crate::counts::Counts;
use crate::field::{F, halves};

/// A bridge between two accesses of a cell that lie far apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TouchStep {
    /// The cell, as the `memory` bus calls it.
    pub cell: u64,
    /// Time of the access before.
    pub before: u64,
    /// Time that the bridge leaves behind; 1 ≤ `after` − `before` ≤ 2^32.
    pub after: u64,
    /// The cell's value.
    pub value: u64,
}

/// The rows of these bridges.
///
/// # Panics
/// If `after` ≤ `before` or lies more than 2^32 after it, which is a bug of the caller.
pub fn rows(steps: &[TouchStep], counts: &mut Counts) -> RowMajorMatrix<F> {
    const WIDTH: usize = TouchColumns::<F>::WIDTH;
    let mut values = F::zero_vec(height(steps.len()) * WIDTH);
    for (step, row) in steps.iter().zip(values.chunks_exact_mut(WIDTH)) {
        let gap = step.after.wrapping_sub(step.before).wrapping_sub(1);
        assert!(gap < 1 << 32, "a bridge from {} to {}", step.before, step.after);
        counts.limbs(gap, 2);
        let columns = TouchColumns {
            real: F::ONE,
            cell: F::from_u64(step.cell),
            before: F::from_u64(step.before),
            after: F::from_u64(step.after),
            value: halves(step.value),
            low: F::from_u64(gap & 0xffff),
        };
        columns.write(row);
    }
    RowMajorMatrix::new(values, WIDTH)
}
