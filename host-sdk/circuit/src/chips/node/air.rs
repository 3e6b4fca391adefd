//! Constraints and messages of `node`.
//!
//! A used row is a node of the memory tree before and after the segment, and the opening of those of its children that
//! the segment touches; a closed child is the same before and after. The first row is the root. It states what the
//! segment claims: public values are pc before and after, root before (4) and after (4). It also starts the segment's
//! chain of executed rows at (`START_TIME`, pc before) and ends it at (`end_time`, pc after).
//!
//! *Each node is opened at most once, and only where it belongs.* There is one root row, the first. Every other used
//! row takes a message that only a parent sends; a parent sends at most one to each child, with the child's height and
//! number. A used row that is not below the root would need a parent that is not below the root either, and so on: the
//! heights of such a chain only grow, and it would have to close modulo p.
//!
//! *No rows below the leaves, no leaf above them.* A leaf takes height 0 only, and a child's height is its parent's less
//! one. The root before the segment is that of a tree built by a verifier or by the segment before, in which exactly
//! the nodes at height 0 are hashes in the leaf's domain. A used row of this table at height 0 shows a hash in the
//! node's domain with the same digest: a collision. So none is there, and none below; by induction from the root, what
//! a row says of its children before the segment is true. After the segment the shape is the same, because opened
//! children are rows as well and closed ones do not change.

use p3_air::{AirBuilder, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::columns::NodeColumns;
use crate::bus::{self, DIGEST, NodeMessage, TableBuilder};
use crate::cells::{START_TIME, TREE_HEIGHT};
use crate::chip::Table;
use crate::field::F;
use crate::hash::{Domain, joined};

/// Public values: two of the pc, two roots.
const PUBLIC_VALUES: usize = 2 + 2 * DIGEST;

/// The `node` table.
#[derive(Clone, Debug)]
pub struct Node;

impl Table for Node {
    const NAME: &'static str = "node";

    fn columns(&self) -> Vec<String> {
        NodeColumns::<F>::names()
    }

    fn next_row_columns(&self) -> Vec<usize> {
        NodeColumns::<F>::names().iter().position(|name| name == "root").into_iter().collect()
    }

    fn public_values(&self) -> usize {
        PUBLIC_VALUES
    }

    fn eval<AB: TableBuilder>(&self, builder: &mut AB) {
        let window = builder.main();
        let row = NodeColumns::<AB::Var>::read(window.current_slice());
        let next = NodeColumns::<AB::Var>::read(window.next_slice());
        let off = AB::Expr::ONE - row.real;
        for flag in [row.real, row.changed, row.open_left, row.open_right] {
            builder.assert_bool(flag);
        }
        builder.when(off).assert_zeros([row.changed, row.open_left, row.open_right]);

        let mut same = builder.when(AB::Expr::ONE - row.changed);
        same.assert_eq_arrays(row.old, row.new);
        same.assert_eq_arrays(row.old_left, row.new_left);
        same.assert_eq_arrays(row.old_right, row.new_right);
        builder.when(AB::Expr::ONE - row.open_left).assert_eq_arrays(row.old_left, row.new_left);
        builder.when(AB::Expr::ONE - row.open_right).assert_eq_arrays(row.old_right, row.new_right);

        builder.when_transition().assert_zero(next.root);
        root(builder, &row);
        messages(builder, &row);
    }
}

/// The first row is the root, and the segment is what the public values say.
fn root<AB: TableBuilder>(builder: &mut AB, row: &NodeColumns<AB::Var>) {
    let public: [AB::Expr; PUBLIC_VALUES] = std::array::from_fn(|index| builder.public_values()[index].into());
    let [pc_in, pc_out, roots @ ..] = public;
    let mut first = builder.when_first_row();
    first.assert_one(row.root);
    first.assert_one(row.real);
    first.assert_eq(row.height, AB::Expr::from_u32(TREE_HEIGHT));
    first.assert_zero(row.index);
    for (digest, public) in row.old.into_iter().chain(row.new).zip(roots) {
        first.assert_eq(digest, public);
    }
    let start = AB::Expr::from_u64(START_TIME);
    bus::execute(builder, row.root, [row.end_time.into(), pc_out], [start, pc_in]);
}

fn messages<AB: TableBuilder>(builder: &mut AB, row: &NodeColumns<AB::Var>) {
    let digest = |digest: [AB::Var; DIGEST]| digest.map(Into::<AB::Expr>::into);
    let node =
        |height: AB::Expr, index: AB::Expr, old, new| NodeMessage { height, index, old: digest(old), new: digest(new) };
    let itself = node(row.height.into(), row.index.into(), row.old, row.new);
    let below = row.height - AB::Expr::ONE;
    let left_index = row.index * F::TWO;
    let left = node(below.clone(), left_index.clone(), row.old_left, row.new_left);
    let right = node(below, left_index + AB::Expr::ONE, row.old_right, row.new_right);

    let domain = Domain::Node as u64;
    bus::ask_hash(builder, row.real, domain, joined(&left.old, &right.old), itself.old.clone());
    bus::ask_hash(builder, row.changed, domain, joined(&left.new, &right.new), itself.new.clone());
    bus::take_node(builder, row.real - row.root, itself);
    bus::open_node(builder, row.open_left, left);
    bus::open_node(builder, row.open_right, right);
}
