use p3_field::{Field, PrimeCharacteristicRing, PrimeField64};

use super::{Compare, CompareColumns, rows};
use crate::chip::Chip;
use crate::chips::testing::check_shape;
use crate::chips::unit_testing::{EDGES, Verdict, all_calls, call, check, judge, random_words, tamper};
use crate::counts::Counts;
use crate::field::{F, halves};
use crate::op::Op;

const OPS: [Op; 6] = [Op::Lt, Op::Ltu, Op::Eq, Op::Ne, Op::Ge, Op::Geu];
const CHIP: Chip = Chip::Compare(Compare);
const WIDTH: usize = CompareColumns::<F>::WIDTH;

#[test]
fn the_table_costs_what_it_did() {
    check_shape(CHIP, 17, &[("instr", 2), ("range", 4)]);
}

#[test]
fn every_comparison_of_edge_operands_holds() {
    let mut calls = all_calls(&OPS, &EDGES, &EDGES);
    let words: Vec<u64> = random_words(3).take(100).collect();
    calls.extend(words.windows(2).flat_map(|pair| OPS.map(|op| call(op, pair[0], pair[1]))));
    let mut counts = Counts::default();
    let rows = rows(&calls, &mut counts);
    check(CHIP, &calls, &[], rows, &counts);
}

#[test]
fn every_cell_means_something() {
    let edges = [0, 1 << 32, 0x7fff_ffff_8000_0000, 1 << 63, u64::MAX];
    let rows = rows(&all_calls(&OPS, &edges, &edges), &mut Counts::default());
    tamper(&CHIP, &rows, |column, row| {
        let row = CompareColumns::read(row);
        match column {
            // There is no inverse of 0.
            "inverse" => row.difference == F::ZERO,
            // Only an ordering has a distance.
            "upper" => row.equality == F::ONE,
            // Only a signed ordering looks at a sign; an unsigned one may name either word.
            "negative" => row.signed == F::ZERO && row.a[1] == row.b[1],
            "probe_upper" => row.signed == F::ZERO,
            _ => false,
        }
    });
}

/// The choices of a prover who compares `a` with `b`; everything else follows from them.
#[derive(Clone, Copy)]
struct Choices {
    same: F,
    apart: F,
    holds: F,
    negative: F,
}

fn difference(a: u64, b: u64, same: F, apart: F) -> F {
    let [a, b] = [halves(a), halves(b)];
    let [low, high] = [a[0] - b[0], a[1] - b[1]];
    high + same * (low - high) + apart * (b[1] - F::from_u64(1 << 31) - high)
}

fn judge_lie(kind: usize, a: u64, b: u64, choices: Choices) -> Verdict {
    let Choices { same, apart, holds, negative } = choices;
    let difference = difference(a, b, same, apart);
    let [a, b] = [halves(a), halves(b)];
    let upper = |value: F| F::from_u64(value.as_canonical_u64() >> 16);
    let probe = a[1] + (negative + holds - negative * holds * F::TWO) * (b[1] - a[1]);
    let row = CompareColumns {
        times: [F::ONE, F::ONE],
        signed: F::from_bool(kind == 1),
        equality: F::from_bool(kind == 2),
        a,
        b,
        same,
        apart,
        difference,
        inverse: difference.try_inverse().unwrap_or(F::ZERO),
        holds,
        upper: upper(difference + holds * F::from_u64(1 << 32)),
        negative,
        probe,
        probe_upper: upper(probe),
    };
    let mut cells = [F::ZERO; WIDTH];
    row.write(&mut cells);
    judge(&CHIP, &cells)
}

#[test]
fn no_choice_of_bits_proves_a_false_comparison() {
    for (kind, a, b) in (0..3).flat_map(|kind| EDGES.map(|a| EDGES.map(|b| (kind, a, b)))).flatten() {
        let holds = |choices: &u32| {
            let bit = |index: u32| F::from_bool(choices >> index & 1 == 1);
            let choices = Choices { same: bit(0), apart: bit(1), holds: bit(2), negative: bit(3) };
            // The judge panics where a false statement holds.
            judge_lie(kind, a, b, choices) != Verdict::Rejected
        };
        assert!((0..16).filter(holds).count() > 0, "{kind} {a:x} {b:x}: the truth is among the choices");
    }
}

#[test]
fn bits_that_are_none_prove_no_false_comparison() {
    let half = F::from_u64(1 << 32);
    for (kind, a, b) in (0..3).flat_map(|kind| EDGES.map(|a| EDGES.map(|b| (kind, a, b)))).flatten() {
        for bits in 0..4u32 {
            let [holds, negative] = [0, 1].map(|index| F::from_bool(bits >> index & 1 == 1));
            let plain = Choices { same: F::ZERO, apart: F::ZERO, holds, negative };
            // Another sign for the low halves' difference.
            judge_lie(kind, a, b, Choices { same: -F::ONE, ..plain });
            // What makes the difference 1 or −1.
            for wanted in [F::ONE, -F::ONE] {
                let [without, with] = [F::ZERO, F::ONE].map(|apart| difference(a, b, F::ZERO, apart));
                if let Some(scale) = (with - without).try_inverse() {
                    judge_lie(kind, a, b, Choices { apart: (wanted - without) * scale, ..plain });
                }
            }
            // What brings the difference into its range.
            for same in [F::ZERO, F::ONE] {
                let holds = (F::from_u64(5) - difference(a, b, same, F::ZERO)) * half.inverse();
                judge_lie(kind, a, b, Choices { same, holds, ..plain });
            }
        }
    }
}
