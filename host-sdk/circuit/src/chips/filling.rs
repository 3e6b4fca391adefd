//! Filling a table's rows, by several workers.

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;
use p3_maybe_rayon::prelude::*;

use super::height;
use crate::counts::Counts;
use crate::field::F;

/// Fewest rows that a worker takes, and into how many parts a tall table is split: each part counts for itself.
const PART_ROWS: usize = 1 << 14;
const PARTS: usize = 8;

/// A table with `used` rows and padding up to its height, all zero before `fill` gets each row with its number.
pub(super) fn fill_rows(
    width: usize,
    used: usize,
    counts: &mut Counts,
    fill: impl Fn(usize, &mut [F], &mut Counts) + Sync,
) -> RowMajorMatrix<F> {
    let height = height(used);
    let mut rows = RowMajorMatrix::new(F::zero_vec(height * width), width);
    let part = PART_ROWS.max(height / PARTS);
    let fill_part = |first: usize, rows: &mut [F], counts: &mut Counts| {
        for (index, row) in rows.chunks_mut(width).enumerate() {
            fill(first + index, row, counts);
        }
    };
    if height <= part {
        fill_part(0, &mut rows.values, counts);
        return rows;
    }
    let parts = rows.values.par_chunks_mut(part * width).enumerate();
    let counted: Vec<Counts> = parts
        .map(|(index, rows)| {
            let mut counts = Counts::default();
            fill_part(index * part, rows, &mut counts);
            counts
        })
        .collect();
    counted.iter().for_each(|counted| counts.merge(counted));
    rows
}

#[cfg(test)]
mod tests {
    use p3_matrix::Matrix;

    use super::*;

    #[test]
    fn every_row_is_filled_and_counted_once() {
        for used in [3, PART_ROWS, 3 * PART_ROWS + 1] {
            let mut counts = Counts::default();
            counts.limb(7);
            let rows = fill_rows(2, used, &mut counts, |index, row, counts| {
                row[0] += F::from_usize(index);
                counts.limb(index as u64 & 0xffff);
            });
            assert!((0..).zip(rows.rows()).all(|(index, mut row)| row.next() == Some(F::from_usize(index))));
            let counted = (0..crate::counts::LOOKUP_ROWS).map(|row| counts.of(crate::bus::fact::LIMB, row) as usize);
            assert_eq!(counted.sum::<usize>(), height(used) + 1);
        }
    }
}
