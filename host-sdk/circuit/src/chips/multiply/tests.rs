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

/// How a carry that is too large for its columns is put into them.
#[derive(Clone, Copy)]
enum Excess {
    Low,
    Upper,
}

/// What is wrong with a product: this is added to one of its limbs.
type Lie = Option<(usize, F)>;

/// Fills product and carries from the operands so that all equations hold, as well as that can be after `lie`.
fn follow(row: &mut MultiplyColumns<F>, lie: Lie, excess: Excess) {
    let limb = F::from_u64(1 << 16);
    let half = limb * limb;
    let negative = [row.signed[0] * row.sign[0], row.signed[1] * row.sign[1]];
    let (a, b) = (row.a, row.b);
    let sum = |at: usize| {
        let mut sum = F::ZERO;
        for index in at.saturating_sub(3)..=at.min(3) {
            sum += a[index] * b[at - index];
        }
        if at >= 4 { sum - negative[0] * b[at - 4] - negative[1] * a[at - 4] } else { sum }
    };
    // Cuts limbs off a sum and returns what is left of it.
    let mut cut = |value: F, limbs: core::ops::Range<usize>| {
        let mut left = value;
        for index in limbs {
            let low = F::from_u64(small(left) & 0xffff);
            row.product[index] = low + lie.filter(|(at, _)| *at == index).map_or(F::ZERO, |(_, wrong)| wrong);
            left = (left - row.product[index]) * limb.inverse();
        }
        left
    };
    let split = |carry: F| {
        let upper = match excess {
            Excess::Low => (small(carry) >> 16).min(2),
            Excess::Upper => small(carry) >> 16,
        };
        [carry - F::from_u64(upper) * limb, F::from_u64(upper)]
    };
    row.carry1 = cut(sum(0), 0..1);
    let carry3 = cut(sum(1) + limb * sum(2) + row.carry1, 1..3);
    [row.carry3, row.carry3_upper] = split(carry3);
    let bias = half * F::TWO;
    // A negative carry would not be cut in the right place.
    let carry5 = cut(sum(3) + limb * sum(4) + carry3 + bias, 3..5);
    [row.carry5, row.carry5_upper] = split(carry5);
    let bias = half * limb;
    let left = cut(sum(5) + limb * sum(6) + half * sum(7) + carry5 - F::TWO + bias, 5..8);
    row.borrow = F::ONE - left;
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
fn no_wrong_limb_is_made_good_by_carries_or_other_limbs() {
    let operands = [0, 1, 2, 5, 0xffff, 0x1_0000, 0xffff_ffff, 1 << 63, u64::MAX, 0xfedc_ba98_7654_3210];
    for call in all_calls(&[Op::Mulh, Op::Mulhsu, Op::Mulhu], &operands, &operands) {
        let row = MultiplyColumns::read(&rows(&[call], &mut Counts::default()).values);
        let row = MultiplyColumns { times_low: F::ONE, ..row };
        let mut honest = row;
        follow(&mut honest, None, Excess::Low);
        assert_eq!(honest, row);
        for index in 0..8 {
            for wrong in [F::ONE, -F::ONE, F::from_u64(0x8000), F::from_u64(1 << 16), -F::from_u64(1 << 16)] {
                for excess in [Excess::Low, Excess::Upper] {
                    let mut lie = row;
                    follow(&mut lie, Some((index, wrong)), excess);
                    assert_eq!(judge_columns(&lie), Verdict::Rejected, "{call:x?}, limb {index} + {wrong}");
                }
            }
        }
    }
}

#[test]
fn no_wrong_sign_or_flag_proves_a_false_product() {
    let operands = [0, 1, 0xffff_ffff, 1 << 63, u64::MAX, 0xfedc_ba98_7654_3210];
    for call in all_calls(&[Op::Mulh, Op::Mulhsu, Op::Mulhu], &operands, &operands) {
        let row = MultiplyColumns::read(&rows(&[call], &mut Counts::default()).values);
        for choices in 0..16u32 {
            let bit = |index: u32| F::from_bool(choices >> index & 1 == 1);
            let [word, signed_b, sign_a, sign_b] = [0, 1, 2, 3].map(bit);
            let mut lie = MultiplyColumns { times_low: F::ONE, word, sign: [sign_a, sign_b], ..row };
            lie.signed[1] = signed_b;
            follow(&mut lie, None, Excess::Low);
            // The judge panics where a false statement holds.
            judge_columns(&lie);
        }
    }
}

#[test]
fn limbs_that_only_add_up_to_an_operand_are_rejected() {
    let limb = F::from_u64(1 << 16);
    let operands = [1, 2, 0x1_0000, 1 << 63, 0xffff_ffff, 0x0005_0005_0005_0005];
    for call in all_calls(&[Op::Mul], &operands, &operands) {
        let row = MultiplyColumns::read(&rows(&[call], &mut Counts::default()).values);
        for lower in [0, 2] {
            for moved in [-F::ONE, F::ONE, limb.inverse(), -limb.inverse()] {
                for second in [false, true] {
                    let mut lie = row;
                    let operand = if second { &mut lie.b } else { &mut lie.a };
                    operand[lower] += moved * limb;
                    operand[lower + 1] -= moved;
                    follow(&mut lie, None, Excess::Low);
                    assert_eq!(judge_columns(&lie), Verdict::Rejected);
                }
            }
        }
    }
}
