//! Constraints and messages of `leaf`.
//!
//! A used row takes the opening of leaf `index` that its parent made, shows that the digests are those of the words, and
//! lets the segment's accesses run from the old words to the new ones: for each cell it sends (cell, `first_times`, old)
//! and receives (cell, `last_times`, new) on the `memory` bus.
//!
//! *Why a chain of accesses cannot close on itself.* Every access moves a cell's time on by 1 to 2^16, every bridge by 1
//! to 2^32, so that fewer than 2^24 of them never come back to a time modulo p, wherever they start. A chain hence
//! starts at a leaf's row and ends at one, and as each leaf is opened at most once (`node` expands strictly from the
//! root), at the same one. This is why `first_times` may be anything.
//!
//! *Range of `old`.* Outside of the input region the halves are canonical by induction over the segments: a verifier
//! knows a first root whose words there are canonical; later roots hold `new` words, which were received from the
//! `memory` bus, and whoever sends there guarantees canonical halves – this table too, by this argument. Of the input
//! region a verifier knows a digest that the prover chose, so its words are checked in every segment that opens them:
//! `bitwise` is asked for w & w = w, and it answers for bytes only.
//!
//! *Region.* `index` − `first` and `last` − `index` are each two limbs, so below 2^32, and `first` and `last` are the
//! program's: hence `first` ≤ `index` ≤ `last` as numbers. Cells of a read-only region have names of their own on the
//! bus, which no store uses: their words cannot change, though nothing here says so.

use std::array;

use p3_air::{AirBuilder, WindowAccess};
use p3_field::{Field, PrimeCharacteristicRing};

use super::columns::LeafColumns;
use crate::bus::{self, NodeMessage, TableBuilder, UnitMessage, kind};
use crate::cells::{LEAF_CELLS, READ_ONLY};
use crate::chip::Table;
use crate::field::F;
use crate::hash::Domain;
use crate::op::Op;

/// The `leaf` table.
#[derive(Clone, Debug)]
pub struct Leaf;

impl Table for Leaf {
    const NAME: &'static str = "leaf";

    fn columns(&self) -> Vec<String> {
        LeafColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, builder: &mut AB) {
        let row = LeafColumns::<AB::Var>::read(builder.main().current_slice());
        builder.assert_bool(row.real);
        builder.assert_bool(row.changed);
        builder.assert_zero(row.changed * (AB::Expr::ONE - row.real));
        let mut same = builder.when(AB::Expr::ONE - row.changed);
        same.assert_eq_arrays(row.old, row.new);
        same.assert_eq_arrays(row.old_digest, row.new_digest);

        let [old, new] = [row.old_digest, row.new_digest].map(|digest| digest.map(Into::into));
        let opened = NodeMessage { height: AB::Expr::ZERO, index: row.index.into(), old, new };
        bus::ask_hash(builder, row.real, Domain::Leaf as u64, row.old.map(Into::into), opened.old.clone());
        bus::ask_hash(builder, row.changed, Domain::Leaf as u64, row.new.map(Into::into), opened.new.clone());
        bus::take_node(builder, row.real, opened);
        cells(builder, &row);
        region(builder, &row);
        canonical_input(builder, &row);
    }
}

fn cells<AB: TableBuilder>(builder: &mut AB, row: &LeafColumns<AB::Var>) {
    let name = row.index * F::from_u64(LEAF_CELLS) + row.read_only * F::from_u64(READ_ONLY);
    for k in 0..LEAF_CELLS as usize {
        let cell = name.clone() + F::from_usize(k);
        let [old, new] = [row.old, row.new].map(|words| array::from_fn(|half| words[2 * k + half].into()));
        bus::send_cell(builder, row.real, cell.clone(), row.first_times[k].into(), old);
        bus::receive_cell(builder, row.real, cell, row.last_times[k].into(), new);
    }
}

fn region<AB: TableBuilder>(builder: &mut AB, row: &LeafColumns<AB::Var>) {
    bus::fetch(builder, row.real, kind::REGION, [row.first, row.last, row.read_only, row.input].map(Into::into));
    let differences = [(row.index - row.first, row.low_from_first), (row.last - row.index, row.low_to_last)];
    for (difference, low) in differences {
        bus::limb(builder, row.real, low);
        bus::limb(builder, row.real, (difference - low) * F::from_u64(1 << 16).inverse());
    }
}

fn canonical_input<AB: TableBuilder>(builder: &mut AB, row: &LeafColumns<AB::Var>) {
    builder.assert_bool(row.input);
    builder.when(row.input).assert_one(row.real);
    for word in row.old.as_chunks::<2>().0 {
        let word = word.map(Into::into);
        let op = AB::Expr::from_u64(Op::And as u64);
        bus::ask_unit(builder, row.input, UnitMessage { op, a: word.clone(), b: word.clone(), c: word });
    }
}
