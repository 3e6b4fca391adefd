//! How rows of `lookup` are filled.

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::columns::{FixedColumns, LookupColumns};
use crate::counts::{Counts, LOOKUP_ROWS};
use crate::field::F;

/// The fixed columns.
pub(super) fn fixed() -> RowMajorMatrix<F> {
    let mut rows = RowMajorMatrix::new(F::zero_vec(LOOKUP_ROWS * FixedColumns::<F>::WIDTH), FixedColumns::<F>::WIDTH);
    for (x, row) in (0u64..).zip(rows.rows_mut()) {
        let (low_byte, high_byte) = (x & 0xff, x >> 8);
        let facts = FixedColumns {
            x,
            sign: x >> 15,
            low3: x & 7,
            low_byte,
            high_byte,
            and: low_byte & high_byte,
            limbs: x >> 4 & 3,
            power: 1 << (x & 15),
        };
        let mut values = [0; FixedColumns::<u64>::WIDTH];
        facts.write(&mut values);
        for (cell, value) in row.iter_mut().zip(values) {
            *cell = F::from_u64(value);
        }
    }
    rows
}

/// The rows that answer for all of `counts`.
pub fn rows(counts: &Counts) -> RowMajorMatrix<F> {
    let mut rows = RowMajorMatrix::new(F::zero_vec(LOOKUP_ROWS * LookupColumns::<F>::WIDTH), LookupColumns::<F>::WIDTH);
    for (x, row) in rows.rows_mut().enumerate() {
        let times = core::array::from_fn(|kind| F::from_u32(counts.of(kind as u64, x)));
        LookupColumns { times }.write(row);
    }
    rows
}
