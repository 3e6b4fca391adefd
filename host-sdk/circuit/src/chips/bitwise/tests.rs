use p3_field::{Field, PrimeCharacteristicRing};

use super::{Bitwise, BitwiseColumns, rows};
use crate::chip::Chip;
use crate::chips::testing::check_shape;
use crate::chips::unit_testing::{EDGES, Verdict, all_calls, call, check, judge, random_words, tamper};
use crate::counts::Counts;
use crate::field::F;
use crate::op::Op;

const OPS: [Op; 3] = [Op::And, Op::Or, Op::Xor];

#[test]
fn the_table_costs_what_it_did() {
    check_shape(Chip::Bitwise(Bitwise), 28, &[("instr", 1), ("range", 8)]);
}

#[test]
fn every_operation_on_edge_operands_holds() {
    let mut calls = all_calls(&OPS, &EDGES, &EDGES);
    let words: Vec<u64> = random_words(2).take(100).collect();
    calls.extend(words.windows(2).flat_map(|pair| OPS.map(|op| call(op, pair[0], pair[1]))));
    let mut counts = Counts::default();
    let rows = rows(&calls, &mut counts);
    check(Chip::Bitwise(Bitwise), &calls, &[], rows, &counts);
}

#[test]
fn every_cell_means_something() {
    let rows =
        rows(&all_calls(&OPS, &[0, 0xfedc_ba98_0000_3210], &[u64::MAX, 0x0123_4567_89ab_cdef]), &mut Counts::default());
    tamper(&Chip::Bitwise(Bitwise), &rows, |_, _| false);
}

#[test]
fn a_wrong_result_is_rejected() {
    for call in all_calls(&OPS, &EDGES[4..12], &EDGES[16..]) {
        let row = rows(&[call], &mut Counts::default()).values;
        for half in 0..2 {
            for wrong in [F::ONE, -F::ONE, F::from_u64(1 << 31)] {
                let mut row = BitwiseColumns::read(&row);
                row.c[half] += wrong;
                let mut cells = [F::ZERO; BitwiseColumns::<F>::WIDTH];
                row.write(&mut cells);
                assert_eq!(judge(&Chip::Bitwise(Bitwise), &cells), Verdict::Rejected);
            }
        }
    }
}

#[test]
fn bytes_that_carry_into_each_other_are_rejected() {
    let row = rows(&[call(Op::Or, 0x100, 0x100)], &mut Counts::default()).values;
    let mut row = BitwiseColumns::read(&row);
    // The same words, but as 256 + 0 · 256.
    row.a = [256, 0, 0, 0, 0, 0, 0, 0].map(F::from_u64);
    row.b = row.a;
    row.and = [F::ZERO; 8];
    row.c = [F::from_u64(0x200), F::ZERO];
    let mut cells = [F::ZERO; BitwiseColumns::<F>::WIDTH];
    row.write(&mut cells);
    assert_eq!(judge(&Chip::Bitwise(Bitwise), &cells), Verdict::Rejected);
}

#[test]
fn only_its_own_operations_are_vouched_for() {
    let honest = BitwiseColumns::read(&rows(&[call(Op::And, 12, 10)], &mut Counts::default()).values);
    for op in (3..32).map(F::from_u64) {
        // The formula's value for other numbers.
        let (and, xor) = (F::from_u64(8), F::from_u64(6));
        let twice = (F::TWO - op * (op - F::ONE)) * and + op * (F::from_u64(3) - op) * xor;
        let row = BitwiseColumns { op, c: [twice * F::TWO.inverse(), F::ZERO], ..honest };
        let mut cells = [F::ZERO; BitwiseColumns::<F>::WIDTH];
        row.write(&mut cells);
        assert_eq!(judge(&Chip::Bitwise(Bitwise), &cells), Verdict::Rejected);
    }
}
