use p3_air::BaseAir;
use p3_field::PrimeCharacteristicRing;

use super::{Touch, TouchStep, rows};
use crate::chip::Chip;
use crate::chips::testing::{Judge, WORDS, check_counts, check_shape};
use crate::counts::Counts;
use crate::field::F;
use crate::tree::testing::next_row_columns;

const CELL: u64 = (1 << 30) + 12345;

fn filled(before: u64, after: u64, value: u64) -> Vec<F> {
    let mut counts = Counts::default();
    let rows = rows(&[TouchStep { cell: CELL, before, after, value }], &mut counts);
    check_counts(Chip::Touch(Touch), rows.clone(), &counts);
    rows.values[..rows.width].to_vec()
}

fn judge(before: u64, after: u64, value: u64) -> Judge {
    let mut judge = Judge::new(Chip::Touch(Touch));
    judge.accesses(CELL, [before, after], [value, value]);
    judge
}

#[test]
fn gaps_from_1_to_2_to_the_32_are_bridged() {
    for gap in [1, 2, 0xffff, 0x1_0000, 0x1_0001, 0xffff_ffff, 0x1_0000_0000] {
        for before in [0, 1, 0x1234_5678_9abc] {
            for value in WORDS {
                judge(before, before + gap, value).accept(&filled(before, before + gap, value));
            }
        }
    }
}

#[test]
fn no_cell_can_be_changed() {
    judge(77, 0x7_0000, 0x1_0000_0002).refuse_changes(&filled(77, 0x7_0000, 0x1_0000_0002), &[]);
}

#[test]
fn time_neither_stands_still_nor_goes_back_nor_leaps() {
    let honest = filled(1000, 2000, 5);
    for after in [1000, 999, 0, 1001 + (1 << 32), 1 << 40] {
        let gap = F::from_u64(after) - F::from_u64(1001);
        for low in [F::ZERO, gap, F::from_u64(0xffff), gap - F::from_u64(0xffff * 0x1_0000)] {
            let mut row = honest.clone();
            (row[3], row[6]) = (F::from_u64(after), low);
            judge(1000, after, 5).refuse(&row);
        }
    }
}

#[test]
fn an_unused_row_says_nothing() {
    Judge::new(Chip::Touch(Touch)).accept(&[F::ZERO; 7]);
}

#[test]
fn its_shape_is_the_one_counted_on() {
    let chip = Chip::Touch(Touch);
    check_shape(chip.clone(), 7, &[("memory", 2), ("range", 2)]);
    assert_eq!(next_row_columns(&chip), chip.main_next_row_columns());
}
