use p3_field::{Field, PrimeCharacteristicRing, PrimeField64};

use super::{Shift, ShiftColumns, rows};
use crate::chip::Chip;
use crate::chips::testing::check_shape;
use crate::chips::unit_testing::{EDGES, P, Verdict, all_calls, call, check, judge, meaning, random_words, tamper};
use crate::counts::Counts;
use crate::field::{F, halves};
use crate::op::{Op, UnitCall};

const OPS: [Op; 6] = [Op::Sll, Op::Srl, Op::Sra, Op::Sllw, Op::Srlw, Op::Sraw];
const CHIP: Chip = Chip::Shift(Shift);
const WIDTH: usize = ShiftColumns::<F>::WIDTH;

/// Every amount, some of them with bits above those that count.
fn amounts() -> Vec<u64> {
    (0..64).chain([64, 100, 0xffff, 0x1_0000, 0xffff_ffe0, 1 << 32, u64::MAX, 0x8000_0000_0000_0021]).collect()
}

#[test]
fn the_table_costs_what_it_did() {
    check_shape(CHIP, 31, &[("instr", 1), ("range", 12)]);
}

#[test]
fn every_shift_of_edge_operands_by_every_amount_holds() {
    let mut calls = all_calls(&OPS, &EDGES, &amounts());
    let words: Vec<u64> = random_words(4).take(100).collect();
    calls.extend(words.windows(2).flat_map(|pair| OPS.map(|op| call(op, pair[0], pair[1]))));
    let mut counts = Counts::default();
    let rows = rows(&calls, &mut counts);
    check(CHIP, &calls, &[], rows, &counts);
}

#[test]
fn every_cell_means_something() {
    let calls =
        all_calls(&OPS, &[0, 0xfedc_ba98_8765_4321, 0x7000_0001], &[0, 1, 16, 31, 32, 33, 48, 63, (1 << 40) + 7]);
    let rows = rows(&calls, &mut Counts::default());
    tamper(&CHIP, &rows, |column, row| {
        let row = ShiftColumns::read(row);
        // Only an arithmetic shift looks at the sign.
        column == "signed_upper" && row.arithmetic == F::ZERO
    });
}

/// A prover's choices. The rest follows from them.
#[derive(Clone, Copy)]
struct Choices {
    /// `below`, `above`, `above_exact` and `above_two`.
    position: [F; 4],
    /// Bits 4 and 5 of the amount, and the sign.
    bits: [F; 3],
    /// Whether each product is taken plus p before it is cut into halves.
    wrapped: [bool; 2],
}

/// The row with these choices; `None` if a product plus p is no longer two halves.
fn lie(op: Op, a: u64, b: u64, choices: Choices) -> Option<ShiftColumns<F>> {
    let mut row = ShiftColumns::read(&rows(&[call(op, a, b)], &mut Counts::default()).values);
    [row.below, row.above, row.above_exact, row.above_two] = choices.position;
    [row.bit4, row.bit5, row.sign] = choices.bits;
    row.factor = row.power * (F::ONE + row.bit4 * F::from_u64(0xffff));
    if row.above + row.above_two == F::ONE {
        row.factor = F::from_u64(1 << 32) * row.factor.try_inverse()?;
    }
    let upper = if row.word == F::ONE { row.sign * F::from_u32(u32::MAX) } else { row.a[1] };
    for (index, operand) in [row.a[0], upper].into_iter().enumerate() {
        let product = (operand * row.factor).as_canonical_u64();
        let product = if choices.wrapped[index] { product.checked_add(P)? } else { product };
        let [low, high] = [product & 0xffff_ffff, product >> 32];
        row.low[index] = F::from_u64(low);
        row.low_upper[index] = F::from_u64(low >> 16);
        row.high[index] = F::from_u64(high);
        row.high_upper[index] = F::from_u64(high >> 16);
    }
    conclude(&mut row);
    Some(row)
}

/// The result of everything else.
fn conclude(row: &mut ShiftColumns<F>) {
    row.low_sign = F::from_u64(row.low_upper[0].as_canonical_u64() >> 15);
    let ones = F::from_u32(u32::MAX);
    let w1 = row.low[1] + row.high[0];
    let w2 = row.high[1] + row.sign * (F::from_u64(1 << 32) - row.factor);
    let extended = if row.word == F::ONE { row.low_sign * ones } else { w1 };
    let one_above = row.above + row.above_exact;
    let here = F::ONE - row.below - one_above - row.above_two;
    row.c = [
        here * row.low[0] + one_above * w1 + row.above_two * w2,
        row.below * row.low[0] + here * extended + one_above * w2 + row.above_two * row.sign * ones,
    ];
}

/// Panics where a false statement holds.
#[track_caller]
fn judge_columns(row: &ShiftColumns<F>) -> Verdict {
    let mut cells = [F::ZERO; WIDTH];
    row.write(&mut cells);
    judge(&CHIP, &cells)
}

#[test]
fn no_choice_of_position_bits_or_products_proves_a_false_shift() {
    let operands = [0, 1, 0xffff_ffff, 0x8000_0000, 1 << 63, u64::MAX, 0xfedc_ba98_7654_3210, 0x7fff_ffff_8000_0001];
    for UnitCall { op, a, b, .. } in all_calls(&OPS, &operands, &[0, 1, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64]) {
        let holds = |number: &usize| {
            let bit = |index: usize| (number / 5) >> index & 1 == 1;
            let choices = Choices {
                position: core::array::from_fn(|index| F::from_bool(number % 5 == index)),
                bits: [0, 1, 2].map(|index| F::from_bool(bit(index))),
                wrapped: [bit(3), bit(4)],
            };
            lie(op, a, b, choices).is_some_and(|row| judge_columns(&row) != Verdict::Rejected)
        };
        assert!((0..5 * 32).filter(holds).count() > 0, "{op:?} {a:x} {b:x}: the truth is among the choices");
    }
}

#[test]
fn several_positions_or_fractions_of_one_prove_no_false_shift() {
    let values = [F::ZERO, F::ONE, -F::ONE, F::TWO];
    for UnitCall { op, a, b, .. } in all_calls(&OPS, &[0xfedc_ba98_7654_3210], &[0, 3, 16, 32, 35, 48]) {
        for number in 0..256usize {
            let position = core::array::from_fn(|index| values[number >> (2 * index) & 3]);
            for sign in [F::ZERO, F::ONE] {
                let bits = [F::from_bool(b & 16 != 0), F::from_bool(b & 32 != 0), sign];
                if let Some(row) = lie(op, a, b, Choices { position, bits, wrapped: [false; 2] }) {
                    judge_columns(&row);
                }
            }
        }
    }
}

#[test]
fn bits_of_the_amount_that_only_add_up_are_rejected() {
    for UnitCall { op, a, b, .. } in all_calls(&OPS, &[5, 0xfedc_ba98_7654_3210], &[0, 1, 16, 32, 33, 48]) {
        let honest = ShiftColumns::read(&rows(&[call(op, a, b)], &mut Counts::default()).values);
        let position = [honest.below, honest.above, honest.above_exact, honest.above_two];
        for bit4 in [0, 1, 2, 3].map(F::from_u64) {
            let bit5 = (honest.bit4 + honest.bit5 * F::TWO - bit4) * F::TWO.inverse();
            let bits = [bit4, bit5, honest.sign];
            for position in [position, [F::ZERO; 4]] {
                if let Some(row) = lie(op, a, b, Choices { position, bits, wrapped: [false; 2] }) {
                    judge_columns(&row);
                }
            }
        }
    }
}

#[test]
fn a_half_that_carries_into_the_next_is_rejected() {
    let row = ShiftColumns::read(&rows(&[call(Op::Sll, u64::MAX, 7)], &mut Counts::default()).values);
    for index in 0..2 {
        let mut lie = row;
        lie.low[index] += F::from_u64(1 << 32);
        lie.low_upper[index] += F::from_u64(1 << 16);
        lie.high[index] -= F::ONE;
        conclude(&mut lie);
        assert_eq!(judge_columns(&lie), Verdict::Rejected);
    }
}

#[test]
fn an_amount_that_is_not_the_lowest_limb_is_rejected() {
    for (claimed, power) in [(4u64, 16u64), (1, 2), (0, 1)] {
        let b = 3;
        let mut row = ShiftColumns::read(&rows(&[call(Op::Sll, 5, claimed)], &mut Counts::default()).values);
        // b = claimed + 2^16 · rest, with a rest that is no limb.
        row.amount_rest = (F::from_u64(b) - F::from_u64(claimed)) / F::from_u64(1 << 16);
        row.power = F::from_u64(power);
        row.c = halves(meaning(Op::Sll, 5, claimed));
        let mut cells = [F::ZERO; WIDTH];
        row.write(&mut cells);
        assert_eq!(judge(&CHIP, &cells), Verdict::Rejected);
    }
}
