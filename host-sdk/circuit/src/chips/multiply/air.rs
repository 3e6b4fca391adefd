//! `multiply` vouches for both results of a product at once: the low one (`Mul`, `Mulw`) and the high one (`Mulh`, `Mulhsu`,
//! `Mulhu`).
//!
//! With 16-bit limbs, T\[k\] the sum of all a\[i\] b\[k − i\], and n_a = 1 if a counts as negative (its sign, if `signed`), the
//! product of the operands is ab − 2^64 (n_a b + n_b a) modulo 2^128. So for U\[k\] = T\[k\] − n_a b\[k − 4\] − n_b a\[k − 4\]
//! (the last two only from limb 4 on), U\[0\] + 2^16 U\[1\] + … = product − 2^128 borrow, limb by limb and then two by two:
//!
//! | limbs | equation | carry out |
//! |---|---|---|
//! | 0 | U0 = p0 + 2^16 k1 | k1 < 2^16 |
//! | 1, 2 | U1 + 2^16 U2 + k1 = p1 + 2^16 p2 + 2^32 k3 | k3 < 3 · 2^16, as U2 has three products |
//! | 3, 4 | U3 + 2^16 U4 + k3 = p3 + 2^16 p4 + 2^32 k5 | −2 ≤ k5 < 3 · 2^16 − 2 |
//! | 5, 6, 7 | U5 + 2^16 U6 + 2^32 U7 + k5 = p5 + 2^16 p6 + 2^32 p7 − 2^48 borrow | a bit |
//!
//! k5 ≥ −2 because U4 takes away less than 2^17; its top: (4 N² + 3 · 2^16 N² + k3) / 2^32 < 3 · 2^16 − 2 with N = 2^16 − 1.
//! Every side of an equation is below 2^54, so none wraps modulo p: they hold for integers, and as each p is a limb, they
//! determine it and the carry. If the operands' product is negative, `borrow` = 1; if both are, 2^128 was left out: also 1.

use p3_air::{AirBuilder, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::columns::MultiplyColumns;
use crate::bus::{self, TableBuilder, UnitMessage};
use crate::chip::Table;
use crate::chips::units::{HALF, LIMB, ONES, choose, half, number};
use crate::field::F;
use crate::op::Op;

/// The `multiply` table.
#[derive(Clone, Debug)]
pub struct Multiply;

impl Table for Multiply {
    const NAME: &'static str = "multiply";

    fn columns(&self) -> Vec<String> {
        MultiplyColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, builder: &mut AB) {
        let row = MultiplyColumns::read(builder.main().current_slice());
        let MultiplyColumns { word, signed, borrow, .. } = row;
        builder.assert_bools([word, signed[0], signed[1], borrow]);
        builder.when(signed[1]).assert_one(signed[0]);
        ranges(builder, &row);
        product(builder, &row);
        provide(builder, &row);
    }
}

fn ranges<AB: TableBuilder>(builder: &mut AB, row: &MultiplyColumns<AB::Var>) {
    let MultiplyColumns { a, b, sign, product, word_sign, carry1, carry3, carry5, .. } = *row;
    for (limbs, sign) in [a, b].into_iter().zip(sign) {
        bus::limb(builder, AB::Expr::ONE, limbs[0]);
        bus::limb(builder, AB::Expr::ONE, limbs[1]);
        bus::limb(builder, AB::Expr::ONE, limbs[2]);
        bus::sign(builder, AB::Expr::ONE, limbs[3], sign);
    }
    for (index, limb) in product.into_iter().enumerate() {
        if index == 1 {
            bus::sign(builder, AB::Expr::ONE, limb, word_sign);
        } else {
            bus::limb(builder, AB::Expr::ONE, limb);
        }
    }
    for carry in [carry1, carry3, carry5] {
        bus::limb(builder, AB::Expr::ONE, carry);
    }
    for upper in [row.carry3_upper, row.carry5_upper] {
        builder.assert_zero(upper * (upper - AB::Expr::ONE) * (upper - AB::Expr::TWO));
    }
}

fn product<AB: TableBuilder>(builder: &mut AB, row: &MultiplyColumns<AB::Var>) {
    let MultiplyColumns { signed, a, b, sign, product, carry1, carry3, carry5, borrow, .. } = *row;
    let negative: [AB::Expr; 2] = [signed[0] * sign[0], signed[1] * sign[1]];
    let sum = |limb: usize| {
        let products = (limb.saturating_sub(3)..=limb.min(3)).map(|index| a[index] * b[limb - index]);
        let sum = products.fold(AB::Expr::ZERO, |sum, product| sum + product);
        match limb.checked_sub(4) {
            Some(above) => sum - negative[0].clone() * b[above] - negative[1].clone() * a[above],
            None => sum,
        }
    };
    let pair = |low: usize| sum(low) + sum(low + 1) * number::<AB>(LIMB);
    let result = |low: usize| half::<AB>(product[low], product[low + 1]);
    let carry3 = half::<AB>(carry3, row.carry3_upper);
    let carry5 = half::<AB>(carry5, row.carry5_upper) - AB::Expr::TWO;

    builder.assert_eq(sum(0), half::<AB>(product[0], carry1));
    builder.assert_eq(pair(1) + carry1, result(1) + carry3.clone() * number::<AB>(HALF));
    builder.assert_eq(pair(3) + carry3, result(3) + carry5.clone() * number::<AB>(HALF));
    let top = (product[7] - borrow * number::<AB>(LIMB) - sum(7)) * number::<AB>(HALF);
    builder.assert_eq(pair(5) + carry5, result(5) + top);
}

fn provide<AB: TableBuilder>(builder: &mut AB, row: &MultiplyColumns<AB::Var>) {
    let MultiplyColumns { word, signed, a, b, product, word_sign, low_high, .. } = *row;
    const _: () = assert!(Op::Mulw as u8 == Op::Mul as u8 + 4);
    const _: () = assert!(Op::Mulh as u8 + 2 == Op::Mulhu as u8 && Op::Mulhsu as u8 + 1 == Op::Mulhu as u8);
    let join = |limbs: &[AB::Var]| [half::<AB>(limbs[0], limbs[1]), half::<AB>(limbs[2], limbs[3])];

    let [low, high] = join(&product[..4]);
    builder.assert_eq(low_high, choose::<AB>(word, word_sign * number::<AB>(ONES), high));
    let op = number::<AB>(Op::Mul as u64) + word * number::<AB>(4);
    let message = UnitMessage { op, a: join(&a), b: join(&b), c: [low, low_high.into()] };
    bus::provide_unit(builder, row.times_low, message);

    let op = number::<AB>(Op::Mulhu as u64) - signed[0] - signed[1];
    let message = UnitMessage { op, a: join(&a), b: join(&b), c: join(&product[4..]) };
    bus::provide_unit(builder, row.times_high, message);
}
