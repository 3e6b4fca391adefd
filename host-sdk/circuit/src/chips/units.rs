//! What the tables of the units share.

use p3_field::{Field, PrimeCharacteristicRing};
use p3_matrix::dense::RowMajorMatrix;

use super::filling::fill_rows;
use crate::bus::TableBuilder;
use crate::counts::Counts;
use crate::field::F;

/// 2^16, what a limb counts to.
pub(super) const LIMB: u64 = 1 << 16;
/// 2^32, what a half counts to.
pub(super) const HALF: u64 = 1 << 32;
/// A half of ones.
pub(super) const ONES: u64 = HALF - 1;

/// A constant.
pub(super) fn number<AB: TableBuilder>(value: u64) -> AB::Expr {
    AB::Expr::from_u64(value)
}

/// low + 2^16 · high.
pub(super) fn half<AB: TableBuilder>(low: impl Into<AB::Expr>, high: impl Into<AB::Expr>) -> AB::Expr {
    low.into() + high.into() * number::<AB>(LIMB)
}

/// `bit` ? `yes` : `no`.
pub(super) fn choose<AB: TableBuilder>(
    bit: impl Into<AB::Expr>,
    yes: impl Into<AB::Expr>,
    no: impl Into<AB::Expr>,
) -> AB::Expr {
    let no = no.into();
    bit.into() * (yes.into() - no.clone()) + no
}

/// The rows that `fill` makes of `jobs`, then of `padding` until the table is full. `fill` is told whether the row is used.
pub(super) fn filled<J: Sync>(
    width: usize,
    jobs: &[J],
    padding: &J,
    counts: &mut Counts,
    fill: impl Fn(&J, bool, &mut [F], &mut Counts) + Sync,
) -> RowMajorMatrix<F> {
    fill_rows(width, jobs.len(), counts, |index, row, counts| match jobs.get(index) {
        Some(job) => fill(job, true, row, counts),
        None => fill(padding, false, row, counts),
    })
}

/// Replaces every cell of `column` by its inverse, but for zeros: one inversion for many cells.
pub(super) fn invert_column(rows: &mut RowMajorMatrix<F>, column: usize) {
    const BATCH: usize = 1024;
    let width = rows.width;
    for batch in rows.values.chunks_mut(width * BATCH) {
        let mut products = [F::ONE; BATCH];
        let mut product = F::ONE;
        for (row, before) in batch.chunks(width).zip(&mut products) {
            *before = product;
            if row[column] != F::ZERO {
                product *= row[column];
            }
        }
        let mut inverse = product.inverse();
        for (row, before) in batch.chunks_mut(width).zip(products).rev() {
            if row[column] != F::ZERO {
                let value = core::mem::replace(&mut row[column], inverse * before);
                inverse *= value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_inverted_but_for_its_zeros() {
        let values = (0..3000u64).flat_map(|value| [F::from_u64(7), F::from_u64(value % 50)]).collect();
        let mut rows = RowMajorMatrix::new(values, 2);
        invert_column(&mut rows, 1);
        for (value, row) in (0u64..).zip(rows.rows_mut()) {
            let expected = F::from_u64(value % 50).try_inverse().unwrap_or(F::ZERO);
            assert_eq!(*row, [F::from_u64(7), expected]);
        }
    }
}
