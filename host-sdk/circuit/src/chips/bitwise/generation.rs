//! How rows of `bitwise` are filled.

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::columns::BitwiseColumns;
use crate::chips::units::filled;
use crate::counts::Counts;
use crate::field::{F, bytes, halves};
use crate::op::{Op, UnitCall};

const PADDING: UnitCall = UnitCall { op: Op::And, a: 0, b: 0, c: 0 };

/// Rows of `calls`, one each.
pub fn rows(calls: &[UnitCall], counts: &mut Counts) -> RowMajorMatrix<F> {
    filled(BitwiseColumns::<F>::WIDTH, calls, &PADDING, counts, |call, used, row, counts| {
        for (a, b) in bytes(call.a).into_iter().zip(bytes(call.b)) {
            counts.and_bytes(a, b);
        }
        columns(call, used).write(row);
    })
}

fn columns(&UnitCall { op, a, b, c }: &UnitCall, used: bool) -> BitwiseColumns<F> {
    BitwiseColumns {
        times: F::from_bool(used),
        op: F::from_u8(op as u8),
        a: bytes(a).map(F::from_u64),
        b: bytes(b).map(F::from_u64),
        and: bytes(a & b).map(F::from_u64),
        c: halves(c),
    }
}
