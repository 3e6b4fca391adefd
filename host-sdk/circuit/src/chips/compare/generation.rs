//! How rows of `compare` are filled.

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::columns::CompareColumns;
use crate::chips::units::{HALF, ONES, filled, invert_column};
use crate::counts::Counts;
use crate::field::{F, halves};
use crate::op::{Op, UnitCall};

const PADDING: UnitCall = UnitCall { op: Op::Ltu, a: 0, b: 0, c: 0 };

/// Rows of `calls`, one each.
///
/// # Panics
/// If a call is of another unit, which is a bug of the caller.
pub fn rows(calls: &[UnitCall], counts: &mut Counts) -> RowMajorMatrix<F> {
    let mut rows = filled(CompareColumns::<F>::WIDTH, calls, &PADDING, counts, |call, used, row, counts| {
        columns(call, used, counts).write(row);
    });
    let at: [usize; CompareColumns::<F>::WIDTH] = core::array::from_fn(|index| index);
    invert_column(&mut rows, CompareColumns::read(&at).inverse);
    rows
}

enum Kind {
    Unsigned,
    Signed,
    Equality,
}

/// The row of `call`, but with `difference` in place of its inverse.
fn columns(call: &UnitCall, used: bool, counts: &mut Counts) -> CompareColumns<F> {
    let &UnitCall { op, a, b, c } = call;
    let (kind, negated) = match op {
        Op::Ltu => (Kind::Unsigned, false),
        Op::Geu => (Kind::Unsigned, true),
        Op::Lt => (Kind::Signed, false),
        Op::Ge => (Kind::Signed, true),
        Op::Eq => (Kind::Equality, false),
        Op::Ne => (Kind::Equality, true),
        _ => panic!("{op:?} is no comparison"),
    };
    let signed = matches!(kind, Kind::Signed);
    let equality = matches!(kind, Kind::Equality);
    let holds = c ^ u64::from(negated);
    let [high_a, high_b] = [a >> 32, b >> 32];
    let same = high_a == high_b;
    let apart = signed && (a ^ b) >> 63 != 0;
    let (left, right) = match (apart, same) {
        (true, _) => (high_b, 1 << 31),
        (_, true) => (a & ONES, b & ONES),
        _ => (high_a, high_b),
    };
    let difference = F::from_u64(left) - F::from_u64(right);

    let mut upper = 0;
    if !equality {
        let distance = left + holds * HALF - right;
        counts.limbs(distance, 2);
        upper = distance >> 16;
    }
    let negative = if signed { a >> 63 } else { holds };
    let probe = if negative == holds { high_a } else { high_b };
    let mut probe_upper = 0;
    if signed {
        probe_upper = probe >> 16;
        counts.sign(probe_upper);
        counts.limb(probe & 0xffff);
    }
    CompareColumns {
        times: [F::from_bool(used && !negated), F::from_bool(used && negated)],
        signed: F::from_bool(signed),
        equality: F::from_bool(equality),
        a: halves(a),
        b: halves(b),
        same: F::from_bool(same && !apart),
        apart: F::from_bool(apart),
        difference,
        inverse: difference,
        holds: F::from_u64(holds),
        upper: F::from_u64(upper),
        negative: F::from_u64(negative),
        probe: F::from_u64(probe),
        probe_upper: F::from_u64(probe_upper),
    }
}
