//! `divide` vouches for a quotient and a remainder at once, with the help of `multiply` and `compare`.
//!
//! Operands of words are first extended to 64 bits, with their sign or with zeros; quotients and remainders of extended
//! operands have the right low 32 bits, of which bit 31 is then repeated. What follows is about A, B, Q, R: the extended
//! operands and their quotient and remainder as integers, a, b, q, r as words, s and t the signs of A and B. `unsigned`
//! words have sign 0 and all that is said about negative ones does not apply.
//!
//! Division by zero: q is all ones and r = a. Else the row asks for three things and says, in total, A = Q B + R with
//! |R| < |B| and R = 0 or of A's sign. That has one solution, but for MIN / −1, where it has none:
//!
//! 1. *R is 0 or has A's sign*: (s − sign of r) r = 0.
//! 2. *|R| < |B|*. `bound` is b if s = t, else −b modulo 2^64: it has A's sign, and is |B| or −|B|. If s = 0 the row asks
//!    `Ltu(r, bound)` = 1. If s = 1 it asks `Lt(r, bound)` = 0, and as r ≠ bound (below), R > −|B|.
//!    With b = 0 neither can be: r < 0, or a negation of 0, which `negated` excludes. So `by_zero` tells the truth.
//! 3. *A − R = Q B*. `Mul(q, b)` = a − r modulo 2^64, in halves with `borrow`; and `Mulh(q, b)` = −`negative`. Written out,
//!    a − r = low − 2^64 (`negative` − `exact`) with low < 2^64, while A − R = a − r − 2^64 (s − sign of r).
//!    So A − R = Q B if `exact` = s − sign of r; that holds unless b = −1, where 1 and 2 leave R = 0.
//!    There, `exact` is free if A < 0, and 0 instead of 1 says Q B = A + 2^64, that is, −Q ≥ 2^63: only Q = MIN, A = MIN.
//!    That is the missing solution, and what the manual (chapter 13.2) wants.
//!
//! Unsigned, s = `exact` = 0: `Mulhu(q, b)` is 0 or, if a < r, all ones. The latter would mean q b > 2^128 − 2^64, which is
//! too much.
//!
//! r ≠ bound, halves x and y apart: x² − 7 y² has an inverse. As 7 is no square modulo p, it is 0 only if x = y = 0.
//!
//! Everything asked is canonical: q and r are limbs; `bound` as a negation takes the case of a low half that is 0, and not
//! both halves are.

use p3_air::{AirBuilder, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::columns::DivideColumns;
use crate::bus::{self, TableBuilder, UnitMessage};
use crate::chip::Table;
use crate::chips::units::{HALF, LIMB, ONES, choose, half, number};
use crate::field::F;
use crate::op::Op;

/// No square modulo p.
pub(super) const NON_SQUARE: u64 = 7;

/// The `divide` table.
#[derive(Clone, Debug)]
pub struct Divide;

impl Table for Divide {
    const NAME: &'static str = "divide";

    fn columns(&self) -> Vec<String> {
        DivideColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, builder: &mut AB) {
        let row = DivideColumns::read(builder.main().current_slice());
        let DivideColumns { unsigned, word, sign, exact, borrow, negative, by_zero, negated, .. } = row;
        builder.assert_bools([unsigned, word, exact, borrow, negative, by_zero]);
        builder.assert_bools([sign[0], sign[1], negated[0], negated[1]]);
        operands(builder, &row);
        limbs(builder, &row);
        zero(builder, &row);
        remainder_sign(builder, &row);
        bound(builder, &row);
        product(builder, &row);
        provide(builder, &row);
    }
}

/// Quotient and remainder, in halves.
fn results<AB: TableBuilder>(row: &DivideColumns<AB::Var>) -> [[AB::Expr; 2]; 2] {
    [row.quotient, row.remainder].map(|limbs| [half::<AB>(limbs[0], limbs[1]), half::<AB>(limbs[2], limbs[3])])
}

fn operands<AB: TableBuilder>(builder: &mut AB, row: &DivideColumns<AB::Var>) {
    let signed = AB::Expr::ONE - row.unsigned;
    for (index, operand) in [row.a, row.b].into_iter().enumerate() {
        let (top, upper, sign) = (row.top[index], row.top_upper[index], row.sign[index]);
        builder.assert_eq(top, choose::<AB>(row.word, operand[0], operand[1]));
        builder.when(row.unsigned).assert_zero(sign);
        bus::sign(builder, signed.clone(), upper, sign);
        bus::limb(builder, signed.clone(), top - upper * number::<AB>(LIMB));
        builder.assert_eq(row.high[index], choose::<AB>(row.word, sign * number::<AB>(ONES), operand[1]));
    }
}

fn limbs<AB: TableBuilder>(builder: &mut AB, row: &DivideColumns<AB::Var>) {
    for (limbs, word_sign) in [row.quotient, row.remainder].into_iter().zip(row.word_sign) {
        bus::limb(builder, AB::Expr::ONE, limbs[0]);
        bus::sign(builder, AB::Expr::ONE, limbs[1], word_sign);
        bus::limb(builder, AB::Expr::ONE, limbs[2]);
    }
    bus::limb(builder, AB::Expr::ONE, row.quotient[3]);
    bus::sign(builder, AB::Expr::ONE, row.remainder[3], row.remainder_sign);
}

fn zero<AB: TableBuilder>(builder: &mut AB, row: &DivideColumns<AB::Var>) {
    let [quotient, remainder] = results::<AB>(row);
    let mut builder = builder.when(row.by_zero);
    builder.assert_zeros([row.b[0], row.high[1]]);
    for half in 0..2 {
        builder.assert_eq(quotient[half].clone(), number::<AB>(ONES));
        builder.assert_eq(remainder[half].clone(), [row.a[0], row.high[0]][half]);
    }
}

fn remainder_sign<AB: TableBuilder>(builder: &mut AB, row: &DivideColumns<AB::Var>) {
    let DivideColumns { unsigned, b, high, sign, remainder_sign, exact, .. } = *row;
    let signed = AB::Expr::ONE - unsigned;
    let differ = sign[0] - remainder_sign;
    let [_, remainder] = results::<AB>(row);
    for half in remainder {
        builder.assert_zero(signed.clone() * differ.clone() * half);
    }
    // 0 only if the divisor is all ones.
    let not_minus_one = number::<AB>(2 * ONES) - b[0] - high[1];
    builder.assert_zero(signed * (differ - exact) * not_minus_one);
    builder.when(exact).assert_one(sign[0]);
}

/// `bound`, and that the remainder is not equal to it and compares as it should.
fn bound<AB: TableBuilder>(builder: &mut AB, row: &DivideColumns<AB::Var>) {
    let DivideColumns { b, high, sign, by_zero, bound, negated, divisor_inverse, apart_inverse, .. } = *row;
    let nonzero = AB::Expr::ONE - by_zero;
    let signs_differ = sign[0] + sign[1] - (sign[0] * sign[1]).double();
    builder.assert_eq(negated[0] + negated[1], nonzero.clone() * signs_differ);
    builder.assert_zero(negated[0] * b[0]);
    builder.assert_zero(negated[0] * (divisor_inverse * high[1] - AB::Expr::ONE));
    builder.assert_zero(negated[1] * (divisor_inverse * b[0] - AB::Expr::ONE));
    let minus = |half: AB::Var, less: u64| number::<AB>(HALF - less) - half.into().double();
    builder.assert_eq(bound[0], b[0] + negated[1] * minus(b[0], 0));
    builder.assert_eq(bound[1], high[1] + negated[0] * minus(high[1], 0) + negated[1] * minus(high[1], 1));

    let [_, remainder] = results::<AB>(row);
    let [low, high] = [remainder[0].clone() - bound[0], remainder[1].clone() - bound[1]];
    let apart = low.square() - high.square() * number::<AB>(NON_SQUARE);
    builder.assert_eq(apart * apart_inverse, nonzero.clone());

    const _: () = assert!(Op::Lt as u8 + 1 == Op::Ltu as u8);
    let op = number::<AB>(Op::Ltu as u64) - sign[0];
    let c = [AB::Expr::ONE - sign[0], AB::Expr::ZERO];
    bus::ask_unit(builder, nonzero, UnitMessage { op, a: remainder, b: bound.map(Into::into), c });
}

fn product<AB: TableBuilder>(builder: &mut AB, row: &DivideColumns<AB::Var>) {
    let DivideColumns { unsigned, a, b, high, exact, borrow, negative, by_zero, .. } = *row;
    let nonzero = AB::Expr::ONE - by_zero;
    let divisor = [b[0].into(), high[1].into()];
    let [quotient, remainder] = results::<AB>(row);
    let [low, upper] = remainder;
    let low = a[0] - low + borrow * number::<AB>(HALF);
    let upper = high[0] - upper - borrow + (negative - exact) * number::<AB>(HALF);
    let op = number::<AB>(Op::Mul as u64);
    let message = UnitMessage { op, a: quotient.clone(), b: divisor.clone(), c: [low, upper] };
    bus::ask_unit(builder, nonzero.clone(), message);

    const _: () = assert!(Op::Mulh as u8 + 2 == Op::Mulhu as u8);
    let op = number::<AB>(Op::Mulh as u64) + unsigned.into().double();
    let sign: AB::Expr = negative * number::<AB>(ONES);
    bus::ask_unit(builder, nonzero, UnitMessage { op, a: quotient, b: divisor, c: [sign.clone(), sign] });
}

fn provide<AB: TableBuilder>(builder: &mut AB, row: &DivideColumns<AB::Var>) {
    let DivideColumns { unsigned, word, a, b, word_sign, result_high, .. } = *row;
    const _: () = assert!(Op::Divu as u8 == Op::Div as u8 + 1 && Op::Divw as u8 == Op::Div as u8 + 4);
    const _: () = assert!(Op::Divuw as u8 == Op::Div as u8 + 5 && Op::Remuw as u8 == Op::Rem as u8 + 5);
    const _: () = assert!(Op::Remu as u8 == Op::Rem as u8 + 1 && Op::Remw as u8 == Op::Rem as u8 + 4);
    let times = [row.times_quotient, row.times_remainder];
    for (index, [low, high]) in results::<AB>(row).into_iter().enumerate() {
        let extended = choose::<AB>(word, word_sign[index] * number::<AB>(ONES), high);
        builder.assert_eq(result_high[index], extended);
        let op = number::<AB>([Op::Div, Op::Rem][index] as u64) + unsigned + word * number::<AB>(4);
        let [a, b] = [a, b].map(|word| word.map(Into::into));
        bus::provide_unit(builder, times[index], UnitMessage { op, a, b, c: [low, result_high[index].into()] });
    }
}
