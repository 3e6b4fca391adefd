//! How rows of `shift` are filled.

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::columns::ShiftColumns;
use crate::chips::units::{HALF, ONES, filled};
use crate::counts::Counts;
use crate::field::{F, halves};
use crate::op::{Op, UnitCall};

const PADDING: UnitCall = UnitCall { op: Op::Sll, a: 0, b: 0, c: 0 };

/// Rows of `calls`, one each.
///
/// # Panics
/// If a call is of another unit, which is a bug of the caller.
pub fn rows(calls: &[UnitCall], counts: &mut Counts) -> RowMajorMatrix<F> {
    filled(ShiftColumns::<F>::WIDTH, calls, &PADDING, counts, |call, used, row, counts| {
        columns(call, used, counts).write(row);
    })
}

/// Which shift: to the right, arithmetic, of a word.
fn flags(op: Op) -> [bool; 3] {
    match op {
        Op::Sll => [false, false, false],
        Op::Srl => [true, false, false],
        Op::Sra => [true, true, false],
        Op::Sllw => [false, false, true],
        Op::Srlw => [true, false, true],
        Op::Sraw => [true, true, true],
        _ => panic!("{op:?} is no shift"),
    }
}

fn columns(call: &UnitCall, used: bool, counts: &mut Counts) -> ShiftColumns<F> {
    let &UnitCall { op, a, b, c } = call;
    let [right, arithmetic, word] = flags(op);
    let amount = b & 0xffff;
    counts.shift_amount(amount);
    counts.limb(b >> 16 & 0xffff);

    let far = !word && b & 32 != 0;
    let complement = right && b & 31 != 0;
    let factor = if complement { HALF >> (b & 31) } else { 1 << (b & 31) };

    let signed = if word { a & ONES } else { a >> 32 };
    let mut sign = 0;
    if arithmetic {
        sign = counts.sign(signed >> 16);
        counts.limb(signed & 0xffff);
    }
    let operand = [a & ONES, if word { sign * ONES } else { a >> 32 }];
    let products = operand.map(|half| half * factor);
    let low = products.map(|product| product & ONES);
    let high = products.map(|product| product >> 32);
    counts.limb(low[0] & 0xffff);
    let low_sign = counts.sign(low[0] >> 16);
    counts.limbs(low[1], 2);
    for high in high {
        counts.limb(high & 0xffff);
        counts.sign(high >> 16);
    }
    ShiftColumns {
        times: F::from_bool(used),
        right: F::from_bool(right),
        arithmetic: F::from_bool(arithmetic),
        word: F::from_bool(word),
        a: halves(a),
        amount: F::from_u64(amount),
        amount_rest: F::from_u64(b >> 16 & 0xffff),
        b_high: F::from_u64(b >> 32),
        bit4: F::from_u64(b >> 4 & 1),
        bit5: F::from_u64(b >> 5 & 1),
        power: F::from_u64(1 << (b & 15)),
        factor: F::from_u64(factor),
        below: F::from_bool(!right && far),
        above: F::from_bool(complement && !far),
        above_exact: F::from_bool(right && !complement && far),
        above_two: F::from_bool(complement && far),
        sign: F::from_u64(sign),
        signed: F::from_u64(signed),
        signed_upper: F::from_u64(if arithmetic { signed >> 16 } else { 0 }),
        low: low.map(F::from_u64),
        low_upper: low.map(|half| F::from_u64(half >> 16)),
        high: high.map(F::from_u64),
        high_upper: high.map(|half| F::from_u64(half >> 16)),
        low_sign: F::from_u64(low_sign),
        c: halves(c),
    }
}
