use p3_field::{Field, PrimeCharacteristicRing, PrimeField64};

use super::air::NON_SQUARE;
use super::{Divide, DivideColumns, rows};
use crate::chip::Chip;
use crate::chips::testing::check_shape;
use crate::chips::unit_testing::{EDGES, P, Verdict, all_calls, call, check, judge, meaning, random_words, tamper};
use crate::counts::Counts;
use crate::field::{F, halves, limbs};
use crate::op::{Op, UnitCall};

const OPS: [Op; 8] = [Op::Div, Op::Divu, Op::Rem, Op::Remu, Op::Divw, Op::Divuw, Op::Remw, Op::Remuw];
const CHIP: Chip = Chip::Divide(Divide);
const WIDTH: usize = DivideColumns::<F>::WIDTH;

fn rows_of(calls: &[UnitCall]) -> Vec<F> {
    rows(calls, &mut Counts::default(), &mut Vec::new()).values
}

fn judge_columns(row: &DivideColumns<F>) -> Verdict {
    let mut cells = [F::ZERO; WIDTH];
    row.write(&mut cells);
    judge(&CHIP, &cells)
}

#[test]
fn the_table_costs_what_it_did() {
    check_shape(CHIP, 39, &[("instr", 5), ("range", 12)]);
}

#[test]
fn every_division_of_edge_operands_holds() {
    let mut calls = all_calls(&OPS, &EDGES, &EDGES);
    let words: Vec<u64> = random_words(6).take(200).collect();
    calls.extend(words.windows(2).flat_map(|pair| OPS.map(|op| call(op, pair[0], pair[1]))));
    let (mut counts, mut further) = (Counts::default(), Vec::new());
    let rows = rows(&calls, &mut counts, &mut further);
    for further in &further {
        assert_eq!(further.c, meaning(further.op, further.a, further.b), "{further:x?}");
    }
    check(CHIP, &calls, &further, rows, &counts);
}

#[test]
fn quotient_and_remainder_share_a_row_and_padding_asks_nothing() {
    let calls = [Op::Div, Op::Rem, Op::Rem, Op::Remu].map(|op| call(op, 1 << 63, 7));
    let (mut counts, mut further) = (Counts::default(), Vec::new());
    let rows = rows(&calls, &mut counts, &mut further);
    assert_eq!(further.len(), 2 * 3, "two rows, three questions each");
    check(CHIP, &calls, &further, rows, &counts);
}

#[test]
fn seven_is_no_square() {
    assert_eq!(F::from_u64(NON_SQUARE).exp_u64((P - 1) / 2), -F::ONE);
}

#[test]
fn every_cell_means_something() {
    let first = [0, 100, 1 << 63, u64::MAX - 99, 0x1234_8000_0000];
    let second = [0, 7, u64::MAX, u64::MAX - 6, 1 << 63, 0xffff_fff9_0000_0000];
    let mut counts = Counts::default();
    let rows = rows(&all_calls(&OPS, &first, &second), &mut counts, &mut Vec::new());
    tamper(&CHIP, &rows, |column, row| {
        let row = DivideColumns::read(row);
        match column {
            // Nobody looks at the sign.
            "top_upper[0]" | "top_upper[1]" => row.unsigned == F::ONE,
            // Nothing is negated.
            "divisor_inverse" => row.negated == [F::ZERO; 2],
            // Division by zero multiplies and compares nothing.
            "borrow" | "negative" => row.by_zero == F::ONE,
            // There is no inverse of 0: 0 / 0.
            "apart_inverse" => row.by_zero == F::ONE && row.remainder == [F::ZERO; 4],
            _ => false,
        }
    });
}

/// Fills what follows from operands, quotient, remainder and the bits, as a prover would who wants the row to hold.
fn follow(row: &mut DivideColumns<F>) {
    let ones = F::from_u32(u32::MAX);
    let limb = F::from_u64(1 << 16);
    let is_word = row.word == F::ONE;
    for (index, operand) in [row.a, row.b].into_iter().enumerate() {
        row.top[index] = operand[usize::from(!is_word)];
        row.top_upper[index] = F::from_u64(row.top[index].as_canonical_u64() >> 16);
        row.high[index] = if is_word { row.sign[index] * ones } else { operand[1] };
    }
    let result = [row.quotient, row.remainder];
    row.word_sign = result.map(|limbs| F::from_u64(limbs[1].as_canonical_u64() >> 15));
    row.result_high = core::array::from_fn(|index| {
        if is_word { row.word_sign[index] * ones } else { result[index][2] + limb * result[index][3] }
    });
    let divisor = [row.b[0], row.high[1]];
    let two = F::TWO;
    let [high_negated, negated] = row.negated;
    let half = F::from_u64(1 << 32);
    row.bound = [
        divisor[0] + negated * (half - two * divisor[0]),
        divisor[1] + high_negated * (half - two * divisor[1]) + negated * (ones - two * divisor[1]),
    ];
    let inverse = |value: F| value.try_inverse().unwrap_or(F::ZERO);
    row.divisor_inverse = inverse(if negated == F::ONE { divisor[0] } else { divisor[1] });
    let low = row.remainder[0] + limb * row.remainder[1] - row.bound[0];
    let high = row.remainder[2] + limb * row.remainder[3] - row.bound[1];
    let apart = low.square() - high.square() * F::from_u64(NON_SQUARE);
    row.apart_inverse = if row.by_zero == F::ONE { F::ZERO } else { inverse(apart) };
}

/// All choices of the eight bits, for a given quotient and remainder. The judge panics where a false statement holds.
fn holding(call: UnitCall, quotient: u64, remainder: u64) -> usize {
    let honest = DivideColumns::read(&rows_of(&[call]));
    let mut row = honest;
    row.times_quotient = F::ONE;
    row.times_remainder = F::ONE;
    row.quotient = limbs(quotient).map(F::from_u64);
    row.remainder = limbs(remainder).map(F::from_u64);
    row.remainder_sign = F::from_u64(remainder >> 63);
    let mut holding = 0;
    for choices in 0..1u32 << 8 {
        let bit = |index: u32| F::from_bool(choices >> index & 1 == 1);
        [row.exact, row.borrow, row.negative, row.by_zero] = [0, 1, 2, 3].map(bit);
        row.negated = [bit(4), bit(5)];
        row.sign = [bit(6), bit(7)];
        follow(&mut row);
        holding += usize::from(judge_columns(&row) != Verdict::Rejected);
    }
    holding
}

#[test]
fn no_wrong_quotient_holds_with_its_remainder_whatever_the_bits() {
    let edges =
        [0, 1, 7, 100, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 32, (1 << 63) - 1, 1 << 63, u64::MAX - 6, u64::MAX];
    for op in [Op::Div, Op::Divu, Op::Divw, Op::Divuw] {
        for call in all_calls(&[op], &edges, &edges) {
            let row = DivideColumns::read(&rows_of(&[call]));
            let join = |limbs: [F; 4]| (0..4).map(|at| limbs[at].as_canonical_u64() << (16 * at)).sum::<u64>();
            let (quotient, remainder) = (join(row.quotient), join(row.remainder));
            let divisor = row.b[0].as_canonical_u64() | row.high[1].as_canonical_u64() << 32;
            assert!(holding(call, quotient, remainder) > 0, "{call:x?}: the truth is among the choices");
            for shift in [1, u64::MAX, 2, 1 << 32] {
                let wrong = (quotient.wrapping_add(shift), remainder.wrapping_sub(shift.wrapping_mul(divisor)));
                assert_eq!(holding(call, wrong.0, wrong.1), 0, "{call:x?} {wrong:x?}");
            }
            let dividend = row.a[0].as_canonical_u64() | row.high[0].as_canonical_u64() << 32;
            let negated = (quotient.wrapping_neg(), remainder.wrapping_neg());
            let signed = (meaning(Op::Div, dividend, divisor), meaning(Op::Rem, dividend, divisor));
            let unsigned = (meaning(Op::Divu, dividend, divisor), meaning(Op::Remu, dividend, divisor));
            let mixed = [negated, (negated.0, remainder), (quotient, negated.1), (0, 0), (u64::MAX, 0), (0, divisor)];
            for wrong in mixed.into_iter().chain([signed, unsigned]) {
                if wrong != (quotient, remainder) {
                    assert_eq!(holding(call, wrong.0, wrong.1), 0, "{call:x?} {wrong:x?}");
                }
            }
        }
    }
}

#[test]
fn the_known_bugs_of_others_are_not_here() {
    let min = 1 << 63;
    let cases = [
        (Op::Div, 0, 0, u64::MAX),
        (Op::Rem, 0, 0, 0),
        (Op::Div, min, u64::MAX, min),
        (Op::Rem, min, u64::MAX, 0),
        (Op::Rem, u64::MAX - 6, 4, u64::MAX - 2),
        (Op::Rem, 7, u64::MAX - 3, 3),
        (Op::Divw, 0x1_8000_0000, u64::MAX, 0xffff_ffff_8000_0000),
        (Op::Remw, 0x1_8000_0000, 0xffff_ffff, 0),
        (Op::Divuw, 0xffff_ffff_8000_0000, 1, 0xffff_ffff_8000_0000),
        (Op::Remuw, 0x8000_0000, 1 << 32, 0xffff_ffff_8000_0000),
        (Op::Remw, 0x8000_0001, 1 << 33, 0xffff_ffff_8000_0001),
    ];
    // Results as the manual's table 11 and its text have them.
    let calls = cases.map(|(op, a, b, c)| UnitCall { op, a, b, c });
    let (mut counts, mut further) = (Counts::default(), Vec::new());
    let rows = rows(&calls, &mut counts, &mut further);
    check(CHIP, &calls, &further, rows, &counts);
}

#[test]
fn limbs_that_only_add_up_to_a_quotient_or_remainder_are_rejected() {
    let large = [(0x0123_4567_89ab_cdef, 0x11), (u64::MAX - 5, 0xfedc_ba98_7654_3210)];
    for (a, b) in large {
        let row = DivideColumns::read(&rows_of(&[call(Op::Divu, a, b)]));
        assert_ne!(judge_columns(&row), Verdict::Rejected);
        for lower in [0, 2] {
            let mut lie = row;
            lie.quotient[lower] += F::from_u64(1 << 16);
            lie.quotient[lower + 1] -= F::ONE;
            assert_eq!(judge_columns(&lie), Verdict::Rejected);
            let mut lie = row;
            lie.remainder[lower] += F::from_u64(1 << 16);
            lie.remainder[lower + 1] -= F::ONE;
            assert_eq!(judge_columns(&lie), Verdict::Rejected);
        }
    }
}

#[test]
fn another_division_is_not_passed_off_as_the_one_asked_for() {
    for op in [Op::Divu, Op::Remu] {
        let honest = DivideColumns::read(&rows_of(&[call(op, 3 << 40 | 100, 7 << 33 | 9)]));
        for index in 0..2 {
            // `high` is what is divided, so all else still fits.
            let mut lie = honest;
            let operand = if index == 0 { &mut lie.a } else { &mut lie.b };
            operand[1] += F::ONE;
            lie.top[index] += F::ONE;
            assert_eq!(judge_columns(&lie), Verdict::Rejected, "{op:?}");
        }
        // Words, but their upper halves are divided as well.
        let mut lie = DivideColumns { word: F::ONE, top: [honest.a[0], honest.b[0]], ..honest };
        lie.result_high = honest.word_sign.map(|sign| sign * F::from_u32(u32::MAX));
        assert_eq!(judge_columns(&lie), Verdict::Rejected, "{op:?}");
    }
}

#[test]
fn bits_that_are_none_prove_no_false_quotient() {
    let half = F::from_u64(1 << 32);
    // low(a) − 1 and, as −2^−32 is 2^32 − 1, high(a) + 1: all carried by a `borrow` that is no bit.
    let (a, quotient) = ((1u64 << 42) - (1 << 32) + 1, (1u64 << 40).wrapping_sub(1 << 62));
    let mut lie = DivideColumns::read(&rows_of(&[call(Op::Div, a, 4)]));
    lie.quotient = limbs(quotient).map(F::from_u64);
    lie.remainder = [F::ZERO; 4];
    lie.negative = F::ONE;
    lie.borrow = -half.inverse();
    follow(&mut lie);
    assert_eq!(judge_columns(&lie), Verdict::Rejected);

    // a / −1 with high(a) + 3 carried by `exact`.
    let a = 5u64 << 61;
    let mut lie = DivideColumns::read(&rows_of(&[call(Op::Div, a, u64::MAX)]));
    lie.quotient = limbs((a + (3 << 32)).wrapping_neg()).map(F::from_u64);
    lie.exact = lie.negative - F::from_u64(3) * half.inverse();
    follow(&mut lie);
    assert_eq!(judge_columns(&lie), Verdict::Rejected);

    // A count of −1: the row would vouch for the product that it should ask for.
    let mut lie = DivideColumns::read(&rows_of(&[call(Op::Div, 5, 0)]));
    lie.by_zero = F::TWO;
    lie.negative = F::ONE;
    follow(&mut lie);
    lie.apart_inverse = -lie.apart_inverse;
    assert_eq!(judge_columns(&lie), Verdict::Rejected);
}

#[test]
fn operands_keep_their_upper_halves_in_the_statement() {
    // A word's upper half is not computed with, but it is what was asked about.
    let asked = call(Op::Remw, 0xdead_beef_0000_0064, 0xffff_ffff_0000_0007);
    let row = DivideColumns::read(&rows_of(&[asked]));
    assert_eq!(row.a, halves(asked.a));
    assert_eq!(row.b, halves(asked.b));
    assert_ne!(judge_columns(&row), Verdict::Rejected);
}
