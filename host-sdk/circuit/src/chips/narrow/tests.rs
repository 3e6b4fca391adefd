use p3_field::PrimeCharacteristicRing;
use zkvm_machine::{Signedness, Width};

use super::{Narrow, NarrowColumns, rows};
use crate::bus::kind;
use crate::chip::Chip;
use crate::chips::testing::{Judge, Random, WORDS, check_counts, check_shape, narrow, narrow_ops};
use crate::counts::Counts;
use crate::field::{F, halves};
use crate::op::{NarrowCall, NarrowOp};

fn width(op: NarrowOp) -> u64 {
    match op {
        NarrowOp::Load(width, _) | NarrowOp::Store(width) => width.bytes(),
    }
}

/// Every operation at every offset on some words, with the reference's results.
fn calls() -> Vec<NarrowCall> {
    let mut calls = Vec::new();
    for op in narrow_ops() {
        for offset in (0..8).step_by(width(op) as usize) {
            for (index, source) in WORDS.into_iter().enumerate() {
                calls.push(narrow(op, offset, source, WORDS[(index * 5 + 7) % WORDS.len()]));
            }
        }
    }
    calls
}

fn judge(call: &NarrowCall) -> Judge {
    let NarrowCall { op, offset, source, old, new } = *call;
    let half = |word: u64| [word & 0xffff_ffff, word >> 32];
    let ([s0, s1], [o0, o1], [n0, n1]) = (half(source), half(old), half(new));
    let mut judge = Judge::new(Chip::Narrow(Narrow));
    judge.provides([kind::NARROW, op.code(), offset, s0, s1, o0, o1, n0, n1, 0]);
    judge
}

fn filled(calls: &[NarrowCall]) -> Vec<Vec<F>> {
    let rows = rows(calls, &mut Counts::default());
    rows.row_slices().map(<[F]>::to_vec).collect()
}

#[test]
fn narrow_loads_and_stores_are_vouched_for() {
    let calls = calls();
    let rows = filled(&calls);
    for (call, row) in calls.iter().zip(&rows) {
        judge(call).accept(row);
    }
    Judge::new(Chip::Narrow(Narrow)).accept(&rows[calls.len()]);
}

#[test]
fn facts_are_counted() {
    let mut counts = Counts::default();
    let rows = rows(&calls()[..70], &mut counts);
    check_counts(Chip::Narrow(Narrow), rows, &counts);
}

#[test]
fn no_cell_of_narrow_is_free() {
    // What is asked may change where the answer is as true: the other half of the word, the sign of a positive number.
    let question = ["times", "store", "unsigned", "half", "word", "offset", "source", "old"];
    let calls = calls();
    for (call, row) in calls.iter().zip(filled(&calls)).step_by(5) {
        judge(call).refuse_changes(&row, &question);
    }
}

#[test]
fn mixtures_of_rows_are_refused() {
    let calls = calls();
    let rows = filled(&calls);
    let mut random = Random(1);
    for (call, row) in calls.iter().zip(&rows) {
        for _ in 0..20 {
            let other = &rows[random.next() as usize % calls.len()];
            judge(call).refuse_mixtures(row, other, &mut random);
        }
    }
}

/// What a liar can do: any result, and every other cell as it suits, out of the values that honest rows of all results have.
#[test]
fn a_wrong_result_is_refused() {
    for call in calls() {
        let honest = filled(&[call]).remove(0);
        let lies = (0..8).map(|byte| call.new ^ 0x80 << (8 * byte)).chain([call.new ^ 1, !call.new, call.old]);
        for new in lies.filter(|new| *new != call.new) {
            let mut row = NarrowColumns::read(&honest);
            row.new = halves(new);
            let lie = judge(&NarrowCall { new, ..call });
            for (sign, top) in [(row.sign, row.top), (F::ONE - row.sign, row.top), (F::ONE, F::from_u64(0x8000))] {
                for patched in [row.patched, F::from_u64(new >> 16 & 0xffff), F::from_u64(new & 0xffff)] {
                    let mut cells = honest.clone();
                    NarrowColumns { sign, top, patched, ..row }.write(&mut cells);
                    lie.refuse(&cells);
                }
            }
        }
    }
}

#[test]
fn a_store_moves_nothing_between_the_halves() {
    for call in calls().into_iter().filter(|call| matches!(call.op, NarrowOp::Store(_))) {
        let mut row = filled(&[call]).remove(0);
        let columns = NarrowColumns::read(&row);
        let new = [columns.new[0] + F::ONE, columns.new[1] - F::ONE];
        NarrowColumns { new, ..columns }.write(&mut row);
        judge(&call).refuse(&row);
    }
}

#[test]
fn high_bytes_of_a_load_are_its_sign() {
    let call = narrow(NarrowOp::Load(Width::Byte, Signedness::Signed), 3, 0x80 << 24, 0);
    assert_eq!(call.new, 0xffff_ffff_ffff_ff80);
    let mut row = filled(&[call]).remove(0);
    for new in [0x80, 0xffff_ff80, 0xff80, 0xffff_ffff_0000_0080] {
        let mut columns = NarrowColumns::read(&row);
        columns.new = halves(new);
        columns.write(&mut row);
        judge(&NarrowCall { new, ..call }).refuse(&row);
    }
}

#[test]
fn offsets_that_are_no_multiple_of_the_width_are_refused() {
    for op in narrow_ops() {
        for offset in (0..8).filter(|offset| offset % width(op) != 0) {
            let call = NarrowCall { op, offset, source: WORDS[10], old: WORDS[11], new: 0 };
            judge(&call).refuse(&filled(&[call])[0]);
        }
    }
}

#[test]
fn a_word_that_straddles_the_halves_is_refused() {
    let op = NarrowOp::Load(Width::Word, Signedness::Unsigned);
    let word = WORDS[10];
    for (offset, half) in [(2, word as u32), (6, (word >> 32) as u32)] {
        // What the formulas make of it: the limbs of one half, swapped.
        let call = NarrowCall { op, offset, source: word, old: 0, new: half.rotate_left(16).into() };
        judge(&call).refuse(&filled(&[call])[0]);
    }
}

#[test]
fn the_table_is_as_small_as_it_was() {
    check_shape(Chip::Narrow(Narrow), 22, &[("instr", 1), ("range", 4)]);
}
