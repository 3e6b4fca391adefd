//! How rows of `leaf` are filled.

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::columns::LeafColumns;
use crate::bus::HASH_INPUTS;
use crate::cells::LEAF_CELLS;
use crate::chips::height;
use crate::counts::Counts;
use crate::field::F;
use crate::hash::{LeafWords, leaf_inputs};
use crate::op::{Op, UnitCall};
use crate::tree::OpenedLeaf;

/// What a segment does to a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeafStep {
    /// Number of the leaf.
    pub index: u64,
    /// Whether it lies in a read-only region.
    pub read_only: bool,
    /// Whether it lies in the input region.
    pub input: bool,
    /// Its words before the segment.
    pub old: LeafWords,
    /// Its words after the segment.
    pub new: LeafWords,
    /// Per cell, any time before its first access; the times of a cell without access are equal.
    pub first_times: [u64; LEAF_CELLS as usize],
    /// Per cell, the time of its last access.
    pub last_times: [u64; LEAF_CELLS as usize],
}

impl LeafStep {
    /// What its row asks of `bitwise`.
    pub fn calls(&self) -> impl Iterator<Item = UnitCall> {
        let words = if self.input { self.old.as_slice() } else { &[] };
        words.iter().map(|&word| UnitCall { op: Op::And, a: word, b: word, c: word })
    }
}

/// The rows of these leaves: what the segment does to them, and how the tree opens them, in the same order.
/// `region` says in which leaves, first and last, the mapped region of a leaf lies.
///
/// # Panics
/// If a leaf does not lie in its region or is not the one opened, which are bugs of the caller.
pub fn rows(
    steps: &[LeafStep],
    opened: &[OpenedLeaf],
    region: impl Fn(u64) -> (u64, u64),
    counts: &mut Counts,
) -> RowMajorMatrix<F> {
    const WIDTH: usize = LeafColumns::<F>::WIDTH;
    assert_eq!(steps.len(), opened.len(), "every touched leaf is opened");
    let mut values = F::zero_vec(height(steps.len()) * WIDTH);
    for ((step, opened), row) in steps.iter().zip(opened).zip(values.chunks_exact_mut(WIDTH)) {
        let found = (opened.index, opened.old.content, opened.new.content);
        assert_eq!((step.index, step.old, step.new), found, "leaf {:#x} is opened as it is touched", step.index);
        let (first, last) = region(step.index);
        assert!((first..=last).contains(&step.index), "leaf {:#x} lies in its region", step.index);
        let (from_first, to_last) = (step.index - first, last - step.index);
        counts.limbs(from_first, 2);
        counts.limbs(to_last, 2);
        let words: [[F; HASH_INPUTS]; 2] = [leaf_inputs(&step.old), leaf_inputs(&step.new)];
        let columns = LeafColumns {
            real: F::ONE,
            changed: F::from_bool(step.old != step.new),
            index: F::from_u64(step.index),
            first: F::from_u64(first),
            last: F::from_u64(last),
            read_only: F::from_bool(step.read_only),
            input: F::from_bool(step.input),
            low_from_first: F::from_u64(from_first & 0xffff),
            low_to_last: F::from_u64(to_last & 0xffff),
            old_digest: opened.old.digest,
            new_digest: opened.new.digest,
            old: words[0],
            new: words[1],
            first_times: step.first_times.map(F::from_u64),
            last_times: step.last_times.map(F::from_u64),
        };
        columns.write(row);
    }
    RowMajorMatrix::new(values, WIDTH)
}
