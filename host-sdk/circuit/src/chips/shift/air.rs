//! `shift` vouches for shifts of 64 bits and of 32 (`word`).
//!
//! The operand times a power of two, its `factor`, is three halves W0, W1, W2; with copies of the sign in front there are
//! more: W3, … . A shift takes two that stand next to each other, (W\[j\], W\[j + 1\]), with W\[−1\] = 0. With s the amount:
//!
//! | | factor | j |
//! |---|---|---|
//! | left, s < 32 | 2^s | 0 |
//! | left, s ≥ 32 | 2^(s − 32) | −1: `below` |
//! | right, s = 0 | 1 | 0 |
//! | right, 0 < s < 32 | 2^(32 − s) | 1: `above` |
//! | right, s = 32 | 1 | 1: `above_exact` |
//! | right, 32 < s | 2^(64 − s) | 2: `above_two` |
//!
//! (The table's rows also hold with factor 2^32 for s = 0 and 32, one half higher; the result is the same.)
//!
//! Products: half · factor = low + 2^32 · high. Halves are canonical and factors at most 2^32, so a product is at most
//! 2^64 − 2^32 = p − 1; with low < 2^32 and high < 2^31 the other side is below 2^63. So they are equal as integers and
//! low and high are unique. (`high` fits: but for the case in parentheses, factors are at most 2^31.)
//! The low half's `high` is below factor, of which the high half's `low` is a multiple: W1 = low\[1\] + high\[0\] < 2^32.
//!
//! Signs: a negative operand has −factor added to what would be W2 without sign, as 2^32 − factor and all ones above; as
//! high\[1\] < factor, W2 < 2^32.
//!
//! Words: the operand is low(a), extended with its sign if `arithmetic`, else with 0. The result's high half repeats bit 31
//! of its low half. With j = 1 it does so already, because something was shifted in; with j = 0, W0 is its low half.

use p3_air::{AirBuilder, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::columns::ShiftColumns;
use crate::bus::{self, TableBuilder, UnitMessage};
use crate::chip::Table;
use crate::chips::units::{HALF, LIMB, ONES, choose, half, number};
use crate::field::F;
use crate::op::Op;

/// The `shift` table.
#[derive(Clone, Debug)]
pub struct Shift;

const _: () = assert!(Op::Srl as u8 == Op::Sll as u8 + 1 && Op::Sra as u8 == Op::Sll as u8 + 2);
const _: () = assert!(Op::Sllw as u8 == Op::Sll as u8 + 3 && Op::Srlw as u8 == Op::Sll as u8 + 4);
const _: () = assert!(Op::Sraw as u8 == Op::Sll as u8 + 5);

impl Table for Shift {
    const NAME: &'static str = "shift";

    fn columns(&self) -> Vec<String> {
        ShiftColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, builder: &mut AB) {
        let row = ShiftColumns::read(builder.main().current_slice());
        position(builder, &row);
        amount(builder, &row);
        sign(builder, &row);
        products(builder, &row);
        result(builder, &row);

        let ShiftColumns { times, right, arithmetic, word, a, amount, amount_rest, b_high, c, .. } = row;
        let op = number::<AB>(Op::Sll as u64) + right + arithmetic + word * number::<AB>(3);
        let b = [half::<AB>(amount, amount_rest), b_high.into()];
        bus::provide_unit(builder, times, UnitMessage { op, a: a.map(Into::into), b, c: c.map(Into::into) });
    }
}

/// The flags are bits, and at most one position is chosen, in the direction of the shift. Which half decides about bit 5;
/// of words, that it is not looked at.
fn position<AB: TableBuilder>(builder: &mut AB, row: &ShiftColumns<AB::Var>) {
    let ShiftColumns { right, arithmetic, word, bit5, below, above, above_exact, above_two, .. } = *row;
    builder.assert_bools([right, arithmetic, word, row.bit4, bit5]);
    builder.when(arithmetic).assert_one(right);
    builder.assert_bools([below, above, above_exact, above_two]);
    let to_the_right = above + above_exact + above_two;
    builder.assert_bool(to_the_right.clone() + below);
    builder.assert_zero(right * below);
    builder.when(to_the_right).assert_one(right);

    let far = below + above_exact + above_two;
    builder.assert_zero(word * far.clone());
    builder.assert_zero((AB::Expr::ONE - word) * (far - bit5));
}

/// The factor. As `scaled` below is 2^(amount mod 32), it being 1 makes the amount a multiple of 32.
fn amount<AB: TableBuilder>(builder: &mut AB, row: &ShiftColumns<AB::Var>) {
    let ShiftColumns { right, amount, amount_rest, bit4, bit5, power, factor, above, above_two, .. } = *row;
    bus::shift_amount(builder, AB::Expr::ONE, amount, bit4 + bit5.into().double(), power);
    bus::limb(builder, AB::Expr::ONE, amount_rest);

    let by_complement = above + above_two;
    let scaled = power * (AB::Expr::ONE + bit4 * number::<AB>(LIMB - 1));
    let complement = number::<AB>(HALF) - bit4 * number::<AB>(HALF - LIMB);
    builder.assert_zero(by_complement.clone() * (factor * power - complement));
    let exact = AB::Expr::ONE - by_complement;
    builder.assert_zero(exact.clone() * (scaled - factor));
    builder.assert_zero(right * exact * (factor - AB::Expr::ONE));
}

fn sign<AB: TableBuilder>(builder: &mut AB, row: &ShiftColumns<AB::Var>) {
    let ShiftColumns { arithmetic, word, a, sign, signed, signed_upper, .. } = *row;
    builder.assert_bool(sign);
    builder.when(sign).assert_one(arithmetic);
    builder.assert_eq(signed, choose::<AB>(word, a[0], a[1]));
    bus::sign(builder, arithmetic, signed_upper, sign);
    bus::limb(builder, arithmetic, signed - signed_upper * number::<AB>(LIMB));
}

fn products<AB: TableBuilder>(builder: &mut AB, row: &ShiftColumns<AB::Var>) {
    let ShiftColumns { word, a, factor, sign, low, low_upper, high, high_upper, low_sign, .. } = *row;
    let operand = [a[0].into(), choose::<AB>(word, sign * number::<AB>(ONES), a[1])];
    for (index, operand) in operand.into_iter().enumerate() {
        builder.assert_eq(operand * factor, low[index] + high[index] * number::<AB>(HALF));
        bus::limb(builder, AB::Expr::ONE, low[index] - low_upper[index] * number::<AB>(LIMB));
        bus::limb(builder, AB::Expr::ONE, high[index] - high_upper[index] * number::<AB>(LIMB));
        bus::sign(builder, AB::Expr::ONE, high_upper[index], AB::Expr::ZERO);
    }
    bus::sign(builder, AB::Expr::ONE, low_upper[0], low_sign);
    bus::limb(builder, AB::Expr::ONE, low_upper[1]);
}

fn result<AB: TableBuilder>(builder: &mut AB, row: &ShiftColumns<AB::Var>) {
    let ShiftColumns { word, factor, sign, low, high, low_sign, below, above, above_exact, above_two, c, .. } = *row;
    let w0 = low[0];
    let w1 = low[1] + high[0];
    let w2 = high[1] + sign * (number::<AB>(HALF) - factor);
    let w3 = sign * number::<AB>(ONES);
    let one_above = above + above_exact;
    let here = AB::Expr::ONE - below - one_above.clone() - above_two;
    builder.assert_eq(c[0], here.clone() * w0 + one_above.clone() * w1.clone() + above_two * w2.clone());
    let extended = choose::<AB>(word, low_sign * number::<AB>(ONES), w1);
    builder.assert_eq(c[1], below * w0 + here * extended + one_above * w2 + above_two * w3);
}
