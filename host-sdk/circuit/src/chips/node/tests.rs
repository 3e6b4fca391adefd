use p3_air::BaseAir;
use p3_field::PrimeCharacteristicRing;

use super::{Node, NodeColumns};
use crate::cells::TREE_HEIGHT;
use crate::check::Filled;
use crate::chip::Chip;
use crate::chips::poseidon2;
use crate::chips::testing::check_shape;
use crate::field::F;
use crate::hash::{Digest, Domain, HashCall, hash, node_inputs};
use crate::tree::testing::{Segment, next_row_columns, refuse_changes};
use crate::tree::{OpenedNode, Version};

const WIDTH: usize = NodeColumns::<F>::WIDTH;
const OTHER: Digest = [F::TWO; 4];

fn edit(table: &mut Filled, row: usize, edit: impl FnOnce(&mut NodeColumns<F>)) {
    let cells = &mut table.rows.values[row * WIDTH..(row + 1) * WIDTH];
    let mut columns = NodeColumns::read(cells);
    edit(&mut columns);
    columns.write(cells);
}

/// Number of a node that is such.
fn find(segment: &Segment, is: impl Fn(&OpenedNode) -> bool) -> usize {
    segment.openings.nodes.iter().position(is).expect("such a node")
}

fn changed(node: &OpenedNode) -> bool {
    node.old.content != node.new.content
}

/// Rows that `poseidon2` has in addition: whatever is asked for is vouched for.
fn vouch(tables: &mut [Filled; 3], segment: &Segment, asked: &[[Digest; 2]]) {
    let mut calls = segment.openings.hashes.clone();
    calls.extend(asked.iter().map(|[left, right]| {
        let inputs = node_inputs(left, right);
        HashCall { domain: Domain::Node, inputs, digest: hash(Domain::Node, &inputs), times: 1 }
    }));
    tables[2].rows = poseidon2::rows(&calls);
}

/// Replaces a child of the node in `row` before and after the segment and rehashes the way up to the root.
fn replace_child(segment: &Segment, row: usize, side: usize, child: Digest) -> Segment {
    let mut lie = segment.clone();
    let nodes = &mut lie.openings.nodes;
    let mut calls = Vec::new();
    (nodes[row].old.content[side], nodes[row].new.content[side]) = (child, child);
    let mut at = Some(row);
    while let Some(row) = at {
        let OpenedNode { height, index, .. } = nodes[row];
        let rehash = |it: &mut Version<[Digest; 2]>| {
            it.digest = hash(Domain::Node, &node_inputs(&it.content[0], &it.content[1]));
        };
        rehash(&mut nodes[row].old);
        rehash(&mut nodes[row].new);
        let (old, new) = (nodes[row].old, nodes[row].new);
        calls.extend([old, new]);
        at = nodes.iter().position(|it| (it.height, it.index) == (height + 1, index / 2));
        if let Some(parent) = at {
            let side = index as usize % 2;
            (nodes[parent].old.content[side], nodes[parent].new.content[side]) = (old.digest, new.digest);
        }
    }
    for it in calls {
        let inputs = node_inputs(&it.content[0], &it.content[1]);
        lie.openings.hashes.push(HashCall { domain: Domain::Node, inputs, digest: it.digest, times: 1 });
    }
    lie
}

#[test]
fn no_cell_of_a_used_row_can_be_changed() {
    let segment = Segment::random(1);
    let [mut nodes, ..] = segment.tables();
    let used = segment.openings.nodes.len();
    nodes.rows.values.truncate((used + 1) * WIDTH);
    refuse_changes(&nodes, 0, &[]);
    // Off the root's row `end_time` means nothing.
    for opens in [[true, false], [false, true], [true, true]] {
        refuse_changes(&nodes, find(&segment, |it| it.height < 28 && it.opens == opens && changed(it)), &["end_time"]);
    }
    refuse_changes(&nodes, find(&segment, |it| !changed(it)), &["end_time"]);
    refuse_changes(&nodes, used, &["end_time", "height", "index"]);
}

#[test]
fn the_first_row_is_the_root_and_no_other() {
    let segment = Segment::random(2);
    let honest = segment.tables();
    let used = segment.openings.nodes.len();
    // A subtree that claims to be the tree: public values and everything below fit.
    let half = find(&segment, |it| (it.height, it.index) == (TREE_HEIGHT - 1, 1));
    for (height, index) in [(27, 1), (28, 1), (27, 0)] {
        let mut lie = segment.clone();
        let node = &mut lie.openings.nodes[half];
        (node.height, node.index) = (height, index);
        lie.roots = [node.old.digest, node.new.digest];
        lie.openings.nodes.swap(0, half);
        lie.refuse(&lie.tables(), "node, row 0");
    }
    // A second root, to open everything a second time.
    let root = NodeColumns::read(&honest[0].rows.values[..WIDTH]);
    for root_flag in [F::ONE, F::ZERO] {
        let mut tables = honest.clone();
        edit(&mut tables[0], used, |row| {
            *row = root;
            row.root = root_flag;
        });
        segment.refuse(&tables, if root_flag == F::ONE { "node, row" } else { "node [1c, 0, " });
    }
    // No root at all.
    let mut tables = honest;
    edit(&mut tables[0], 0, |row| (row.root, row.real) = (F::ZERO, F::ZERO));
    segment.refuse(&tables, "node, row 0");
}

#[test]
fn the_statement_is_that_of_the_segment() {
    let segment = Segment::random(3);
    for value in 0..10 {
        let mut tables = segment.tables();
        tables[0].public[value] += F::ONE;
        assert!(!segment.objections(&tables).is_empty(), "public value {value}");
    }
    let mut tables = segment.tables();
    edit(&mut tables[0], 0, |row| row.end_time += F::ONE);
    segment.refuse(&tables, "state");
}

#[test]
fn no_row_exists_below_the_leaves() {
    let segment = Segment::random(4);
    let used = segment.openings.nodes.len();
    let leaf = segment.openings.leaves[0];
    for opens in [F::ZERO, F::ONE] {
        // The leaf's own row makes way for a node at its place, whose children are chosen.
        let mut tables = segment.tables();
        let width = tables[1].rows.width;
        tables[1].rows.values[..width].fill(F::ZERO);
        edit(&mut tables[0], used, |row| {
            *row = NodeColumns::zero();
            (row.real, row.index, row.open_left) = (F::ONE, F::from_u64(leaf.index), opens);
            (row.changed, row.old, row.new) = (F::from_bool(leaf.old != leaf.new), leaf.old.digest, leaf.new.digest);
        });
        vouch(&mut tables, &segment, &[[Digest::default(); 2]; 2]);
        segment.refuse(&tables, "hash [2, ");
    }
}

#[test]
fn a_child_is_hashed_by_its_parent_before_and_after() {
    let segment = Segment::random(5);
    for row in [find(&segment, |it| it.opens == [true, false]), find(&segment, |it| it.opens == [false, true])] {
        let closed = usize::from(segment.openings.nodes[row].opens[0]);
        // A wrong sibling alone, with hashes vouched for, and with the way to the root.
        let mut lie = segment.clone();
        let node = &mut lie.openings.nodes[row];
        (node.old.content[closed], node.new.content[closed]) = (OTHER, OTHER);
        let asked = [node.old.content, node.new.content];
        let mut tables = lie.tables();
        segment.refuse(&tables, "hash [2, ");
        vouch(&mut tables, &segment, &asked);
        segment.refuse(&tables, "hash [2, ");
        let lie = replace_child(&segment, row, closed, OTHER);
        segment.refuse(&lie.tables(), "node, row 0");
    }
    // A stale digest of an opened child.
    let row = find(&segment, |it| it.opens[0] && it.old.content[0] != it.new.content[0]);
    let stale = segment.openings.nodes[row].new.content[0];
    segment.refuse(&replace_child(&segment, row, 0, stale).tables(), "node [");
}

#[test]
fn closed_children_and_unchanged_nodes_stay_what_they_are() {
    let segment = Segment::random(6);
    let left = find(&segment, |it| it.opens == [false, true] && changed(it));
    let right = find(&segment, |it| it.opens == [true, false] && changed(it));
    for (row, is_left) in [(left, true), (right, false)] {
        let mut tables = segment.tables();
        edit(&mut tables[0], row, |row| *if is_left { &mut row.new_left } else { &mut row.new_right } = OTHER);
        segment.refuse(&tables, &format!("node, row {row}"));
    }
    // A change kept from the parent: the root stays, the leaf changes.
    for opens in [[true, false], [false, true]] {
        let row = find(&segment, |it| it.opens == opens && changed(it));
        let mut tables = segment.tables();
        edit(&mut tables[0], row, |row| (row.changed, row.new) = (F::ZERO, row.old));
        segment.refuse(&tables, &format!("node, row {row}"));
    }
    // A change out of nothing.
    let still = find(&segment, |it| !changed(it));
    let mut tables = segment.tables();
    edit(&mut tables[0], still, |row| (row.changed, row.new) = (F::ONE, OTHER));
    segment.refuse(&tables, "hash [2, ");
}

#[test]
fn nothing_is_opened_by_an_unused_row() {
    let segment = Segment::random(7);
    let used = segment.openings.nodes.len();
    let flags: [fn(&mut NodeColumns<F>); 3] =
        [|row| row.open_left = F::ONE, |row| row.open_right = F::ONE, |row| row.changed = F::ONE];
    for flag in flags {
        let mut tables = segment.tables();
        edit(&mut tables[0], used, flag);
        segment.refuse(&tables, &format!("node, row {used}"));
    }
}

#[test]
fn a_child_must_be_opened_as_often_as_it_has_a_row() {
    let segment = Segment::random(8);
    let row = find(&segment, |it| it.height == 1 && it.opens == [true, false] && !changed(it));
    let mut tables = segment.tables();
    edit(&mut tables[0], row, |row| row.open_left = F::ZERO);
    segment.refuse(&tables, "node [0, ");
    let mut tables = segment.tables();
    edit(&mut tables[0], row, |row| row.open_right = F::ONE);
    segment.refuse(&tables, "node [0, ");
}

#[test]
fn its_shape_is_the_one_counted_on() {
    let chip = Chip::Node(Node);
    check_shape(chip.clone(), 32, &[("state", 2), ("node", 3), ("hash", 2)]);
    assert_eq!(next_row_columns(&chip), chip.main_next_row_columns());
}
