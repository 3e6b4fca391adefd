use p3_field::{Field, PrimeCharacteristicRing, PrimeField64};

use super::{Multiply, MultiplyColumns, rows};
use crate::chip::Chip;
use crate::chips::testing::check_shape;
use crate::chips::unit_testing::{EDGES, Verdict, all_calls, call, check, judge, random_words, tamper};
use crate::counts::Counts;
use crate::field::F;
use crate::op::Op;

const OPS: [Op; 5] = [Op::Mul, Op::Mulh, Op::Mulhsu, Op::Mulhu, Op::Mulw];
const CHIP: Chip = Chip::Multiply(Multiply);
const WIDTH: usize = MultiplyColumns::<F>::WIDTH;

#[test]
fn the_table_costs_what_it_did() {
    check_shape(CHIP, 31, &[("instr", 2), ("range", 19)]);
}

#[test]
fn every_product_of_edge_operands_holds() {
    let mut calls = all_calls(&OPS, &EDGES, &EDGES);
    let words: Vec<u64> = random_words(5).take(200).collect();
    calls.extend(words.windows(2).flat_map(|pair| OPS.map(|op| call(op, pair[0], pair[1]))));
    let mut counts = Counts::default();
    let rows = rows(&calls, &mut counts);
    check(CHIP, &calls, &[], rows, &counts);
}

#[test]
fn calls_with_the_same_operands_share_a_row() {
    let calls = [Op::Mul, Op::Mulhu, Op::Mulhu, Op::Mulh, Op::Mulw].map(|op| call(op, 3 << 62, u64::MAX));
    let mut counts = Counts::default();
    let rows = rows(&calls, &mut counts);
    let used = rows.values.chunks(WIDTH).filter(|row| row[0] != F::ZERO || row[1] != F::ZERO);
    assert_eq!(used.count(), 2, "mul with mulhu twice, mulh with mulw");
    check(CHIP, &calls, &[], rows, &counts);
}

#[test]
fn every_cell_means_something() {
    let edges = [0, 0xffff_0001, 0x8000_0000_0000_0001, u64::MAX];
    let rows = rows(&all_calls(&OPS, &edges, &edges), &mut Counts::default());
    tamper(&CHIP, &rows, |column, row| {
        let row = MultiplyColumns::read(row);
        match column {
            // Only the result that is asked for is named.
            "word" => row.times_low == F::ZERO,
            "signed[0]" | "signed[1]" => row.times_high == F::ZERO,
            "low_high" => row.times_low == F::ZERO,
            _ => false,
        }
    });
}

fn small(value: F) -> u64 {
    value.as_canonical_u64()
}

/// Solves the equations for the carries and the rest of the product, whatever becomes of their ranges.
fn solve(row: &mut MultiplyColumns<F>) {
    let limb = F::from_u64(1 << 16);
    let half = limb * limb;
    let negative = [row.signed[0] * row.sign[0], row.signed[1] * row.sign[1]];
    let sum = |row: &MultiplyColumns<F>, at: usize| {
        let mut sum = F::ZERO;
        for index in at.saturating_sub(3)..=at.min(3) {
            sum += row.a[index] * row.b[at - index];
        }
        if at >= 4 { sum - negative[0] * row.b[at - 4] - negative[1] * row.a[at - 4] } else { sum }
    };
    let pair = |row: &MultiplyColumns<F>, at| {
        sum(row, at) + limb * sum(row, at + 1) - row.product[at] - limb * row.product[at + 1]
    };
    let split = |carry: F| {
        let upper = (small(carry) >> 16).min(2);
        [carry - F::from_u64(upper << 16), F::from_u64(upper)]
    };
    row.carry1 = (sum(row, 0) - row.product[0]) * limb.inverse();
    let carry3 = (pair(row, 1) + row.carry1) * half.inverse();
    [row.carry3, row.carry3_upper] = split(carry3);
    let carry5 = (pair(row, 3) + carry3) * half.inverse();
    [row.carry5, row.carry5_upper] = split(carry5 + F::TWO);
    row.product[7] = sum(row, 7) + row.borrow * limb + (pair(row, 5) + carry5) * half.inverse();
    row.word_sign = F::from_u64(small(row.product[1]) >> 15);
    let high = row.product[2] + limb * row.product[3];
    row.low_high = if row.word == F::ONE { row.word_sign * F::from_u32(u32::MAX) } else { high };
}

fn judge_columns(row: &MultiplyColumns<F>) -> Verdict {
    let mut cells = [F::ZERO; WIDTH];
    row.write(&mut cells);
    judge(&CHIP, &cells)
}

#[test]
fn no_wrong_limb_sign_or_borrow_is_made_good_by_carries() {
    let operands = [0, 1, 2, 0xffff, 0x1_0000, 0xffff_ffff, 1 << 63, u64::MAX, 0xfedc_ba98_7654_3210];
    for call in all_calls(&[Op::Mulh, Op::Mulhsu, Op::Mulhu], &operands, &operands) {
        let row = MultiplyColumns::read(&rows(&[call], &mut Counts::default()).values);
        let row = MultiplyColumns { times_low: F::ONE, ..row };
        let mut honest = row;
        solve(&mut honest);
        assert_eq!(honest, row);
        for index in 0..7 {
            for wrong in [1, 0xffff, 0x8000, small(-F::ONE)] {
                let mut lie = row;
                lie.product[index] += F::from_u64(wrong);
                solve(&mut lie);
                assert_eq!(judge_columns(&lie), Verdict::Rejected, "{call:x?}, limb {index} + {wrong:x}");
            }
        }
        for choices in 0..32u32 {
            let bit = |index: u32| F::from_bool(choices >> index & 1 == 1);
            let [word, signed_b, sign_a, sign_b, borrow] = [0, 1, 2, 3, 4].map(bit);
            let mut lie = MultiplyColumns { word, sign: [sign_a, sign_b], borrow, ..row };
            lie.signed[1] = signed_b;
            solve(&mut lie);
            // The judge panics where a false statement holds.
            judge_columns(&lie);
        }
    }
}

#[test]
fn limbs_that_only_add_up_to_an_operand_are_rejected() {
    for (a, b) in [(0x1_0000, 5), (1 << 63, 1 << 63), (0xffff_ffff, 3)] {
        let row = MultiplyColumns::read(&rows(&[call(Op::Mul, a, b)], &mut Counts::default()).values);
        for lower in [0, 2] {
            for moved in [-F::ONE, F::ONE] {
                let mut lie = row;
                lie.a[lower] += moved * F::from_u64(1 << 16);
                lie.a[lower + 1] -= moved;
                solve(&mut lie);
                assert_eq!(judge_columns(&lie), Verdict::Rejected);
            }
        }
    }
}
