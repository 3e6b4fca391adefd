use p3_air::BaseAir;
use p3_field::{PrimeCharacteristicRing, PrimeField64};

use super::{Leaf, LeafColumns};
use crate::cells::REGISTER_LEAF;
use crate::check::Filled;
use crate::chip::Chip;
use crate::chips::testing::{check_counts, check_shape};
use crate::counts::Counts;
use crate::field::F;
use crate::tree::MemoryTree;
use crate::tree::testing::{REGIONS, Segment, next_row_columns, refuse_changes, region};

const WIDTH: usize = LeafColumns::<F>::WIDTH;

fn edit(table: &mut Filled, row: usize, edit: impl FnOnce(&mut LeafColumns<F>)) {
    let cells = &mut table.rows.values[row * WIDTH..(row + 1) * WIDTH];
    let mut columns = LeafColumns::read(cells);
    edit(&mut columns);
    columns.write(cells);
}

/// Number of a row with such a step.
fn find(segment: &Segment, is: impl Fn(&super::LeafStep) -> bool) -> usize {
    segment.steps.iter().position(is).expect("such a leaf")
}

#[test]
fn segments_are_accepted_and_their_facts_counted() {
    for seed in 0..20 {
        let segment = Segment::random(seed);
        let tables = segment.tables();
        segment.accept(&tables);
        let mut counts = Counts::default();
        let region = |leaf| (region(leaf).0, region(leaf).1);
        let rows = super::rows(&segment.steps, &segment.openings.leaves, region, &mut counts);
        check_counts(tables[1].chip.clone(), rows, &counts);
    }
}

#[test]
fn no_cell_of_a_used_row_can_be_changed() {
    let segment = Segment::random(1);
    let [_, mut leaves, _] = segment.tables();
    leaves.rows.values.truncate((segment.steps.len() + 1) * WIDTH);
    for row in [find(&segment, |it| it.old != it.new), find(&segment, |it| it.read_only)] {
        refuse_changes(&leaves, row, &[]);
    }
    // An unused row says nothing, whatever these hold.
    let meaningless =
        ["index", "first", "last", "read_only", "low_from_first", "low_to_last", "first_times", "last_times"];
    refuse_changes(&leaves, segment.steps.len(), &meaningless);
}

#[test]
fn a_leaf_cannot_be_opened_twice() {
    let segment = Segment::random(2);
    let mut tables = segment.tables();
    let copy = LeafColumns::read(&tables[1].rows.values[..WIDTH]);
    let unused = segment.steps.len();
    edit(&mut tables[1], unused, |row| *row = copy);
    segment.refuse(&tables, "node [0, ");
}

#[test]
fn changed_words_change_the_digest() {
    let segment = Segment::random(3);
    let row = find(&segment, |it| it.old != it.new);
    for keep_digest in [true, false] {
        let mut tables = segment.tables();
        edit(&mut tables[1], row, |row| {
            row.changed = F::ZERO;
            if keep_digest {
                row.new_digest = row.old_digest;
            }
        });
        segment.refuse(&tables, "leaf, row");
    }
    // With the flag but the old digest nobody vouches for the hash.
    let mut tables = segment.tables();
    edit(&mut tables[1], row, |row| row.new_digest = row.old_digest);
    segment.refuse(&tables, "hash [1, ");
}

#[test]
fn an_unused_row_changes_nothing() {
    let segment = Segment::random(3);
    let unused = segment.steps.len();
    let mut tables = segment.tables();
    edit(&mut tables[1], unused, |row| row.changed = F::ONE);
    segment.refuse(&tables, &format!("leaf, row {unused}"));
}

#[test]
fn words_before_the_segment_are_those_of_the_root() {
    let segment = Segment::random(4);
    let row = find(&segment, |it| it.old != it.new);
    // Words of another time, with all digests above them as they then were.
    let mut before = segment.before.clone();
    let mut steps = segment.steps.clone();
    steps[row].old[0] ^= 1;
    before.update([(steps[row].index, steps[row].old)]);
    let mut lie = Segment::new(before, steps);
    lie.roots[0] = segment.roots[0];
    segment.refuse(&lie.tables(), "node, row 0");
    // With the old root claimed as the segment's, but other digests below: nobody vouches for the hash.
    let mut tables = segment.tables();
    edit(&mut tables[1], row, |row| row.old[0] += F::ONE);
    segment.refuse(&tables, "hash [1, ");
}

#[test]
fn only_mapped_leaves_can_be_touched() {
    let segment = Segment::random(5);
    let (first, last, read_only) = REGIONS[1];
    for index in [first - 1, last + 1, 0, REGISTER_LEAF, (1 << 28) - 1] {
        let mut before = MemoryTree::default();
        before.update([(index, [1, 2, 3, 4])]);
        let honest = super::LeafStep {
            index: first,
            read_only,
            input: false,
            old: [0; 4],
            new: [0; 4],
            first_times: [0; 4],
            last_times: [0; 4],
        };
        // All is as it should be but for the region: either its bounds are the program's and the differences are no
        // sums of limbs, or the bounds are none of the program's.
        let step = super::LeafStep { index, old: [1, 2, 3, 4], new: [1, 2, 3, 4], ..honest };
        let mut lie = Segment::new(before, vec![]);
        lie.openings = lie.before.clone().advance(&[(index, step.new)]);
        lie.steps = vec![super::LeafStep { index: REGISTER_LEAF, ..step }];
        lie.openings.leaves[0].index = REGISTER_LEAF;
        let mut tables = lie.tables();
        for low in [0, 1, 0xffff].map(F::from_u64) {
            edit(&mut tables[1], 0, |row| {
                row.index = F::from_u64(index);
                (row.first, row.last) = (F::from_u64(first), F::from_u64(last));
                let low_16 = |x: F| F::from_u64(x.as_canonical_u64() & 0xffff) + low;
                row.low_from_first = low_16(row.index - row.first);
                row.low_to_last = low_16(row.last - row.index);
            });
            segment.refuse(&tables, "range");
        }
        edit(&mut tables[1], 0, |row| {
            (row.first, row.last) = (row.index, row.index);
            (row.low_from_first, row.low_to_last) = (F::ZERO, F::ZERO);
        });
        segment.refuse(&tables, "instr");
    }
}

#[test]
fn a_read_only_leaf_cannot_change() {
    let segment = Segment::random(6);
    let row = find(&segment, |it| it.read_only);
    // The tree and all digests follow; only the accesses of the segment are what they were.
    let mut steps = segment.steps.clone();
    steps[row].new[2] ^= 1 << 40;
    let mut lie = Segment::new(segment.before.clone(), steps);
    let tables = lie.tables();
    lie.accept(&tables);
    segment.refuse(&tables, "memory");
    // Nor can it pass for a leaf that may be written, or the other way round.
    lie.steps[row].read_only = false;
    segment.refuse(&lie.tables(), "instr");
    let written = find(&segment, |it| !it.read_only);
    lie.steps = segment.steps.clone();
    lie.openings = segment.openings.clone();
    lie.steps[written].read_only = true;
    segment.refuse(&lie.tables(), "instr");
}

#[test]
fn words_of_the_input_are_32_bit_halves_whatever_its_digest_says() {
    let segment = Segment::random(7);
    let row = find(&segment, |it| it.input);
    for value in [1 << 32, F::ORDER_U64 - 8] {
        // The digest of such a leaf is vouched for: it is the input's commitment, which a prover chooses. Accesses are
        // as if the value had always been there.
        let mut tables = segment.tables();
        edit(&mut tables[1], row, |row| (row.old[0], row.new[0]) = (F::from_u64(value), F::from_u64(value)));
        segment.refuse(&tables, "instr [5, ");
        edit(&mut tables[1], row, |row| row.input = F::ZERO);
        segment.refuse(&tables, "instr [4, ");
    }
}

#[test]
fn its_shape_is_the_one_counted_on() {
    let chip = Chip::Leaf(Leaf);
    check_shape(chip.clone(), 41, &[("node", 1), ("hash", 2), ("memory", 8), ("instr", 5), ("range", 4)]);
    assert_eq!(next_row_columns(&chip), chip.main_next_row_columns());
}
