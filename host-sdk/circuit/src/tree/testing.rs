//! A segment of the memory tree for tests: random leaves of random regions, the three tables filled, and a judge of
//! what they say to the rest of the circuit.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use p3_air::Air;
use p3_air::symbolic::{AirLayout, BaseEntry, BaseLeaf, SymbolicExpr, SymbolicExpression};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use p3_lookup::InteractionSymbolicBuilder;

use super::{MemoryTree, Openings};
use crate::bus::{fact, kind};
use crate::cells::{LEAF_CELLS, READ_ONLY, REGISTER_LEAF, REGISTER_LEAVES, START_TIME};
use crate::check::{Filled, Message, unbalanced, violated_constraints};
use crate::chip::Chip;
use crate::chips::leaf::{self, Leaf, LeafStep};
use crate::chips::node::{self, Node};
use crate::chips::poseidon2::{self, Poseidon2};
use crate::chips::testing::Random;
use crate::counts::Counts;
use crate::field::F;
use crate::hash::{Digest, LeafWords};
use crate::op::Op;

/// Mapped leaves: first, last, read-only.
pub(crate) const REGIONS: [(u64, u64, bool); 4] = [
    (0x100, 0x17f, true),
    (0x180, 0x4_0180, false),
    (1 << 23, (1 << 24) - 1, false),
    (REGISTER_LEAF, REGISTER_LEAF + REGISTER_LEAVES - 1, false),
];
/// The region that stands for the input.
pub(crate) const INPUT: (u64, u64, bool) = REGIONS[0];
pub(crate) const PC: [u64; 2] = [0x8000_0000, 0x8000_1234];
pub(crate) const END_TIME: u64 = 0x1_2345_6789;

pub(crate) fn region(leaf: u64) -> (u64, u64, bool) {
    *REGIONS.iter().find(|(first, last, _)| (*first..=*last).contains(&leaf)).expect("a mapped leaf")
}

pub(crate) fn words(random: &mut Random) -> LeafWords {
    // Now and then equal leaves, zero words and zero leaves.
    match random.next() % 4 {
        0 => [0; 4],
        1 => [1, 0, u64::MAX, 0],
        _ => std::array::from_fn(|_| random.next()),
    }
}

/// A segment and what the rest of the circuit says to it.
#[derive(Clone)]
pub(crate) struct Segment {
    pub(crate) before: MemoryTree,
    pub(crate) steps: Vec<LeafStep>,
    pub(crate) openings: Openings,
    pub(crate) roots: [Digest; 2],
    expected: BTreeMap<(String, Vec<u64>), i128>,
}

impl Segment {
    /// Some cells filled, some leaves touched.
    pub(crate) fn random(seed: u64) -> Segment {
        let mut random = Random(seed);
        let mut leaves = BTreeMap::new();
        for (first, last, _) in REGIONS {
            for spread in [last - first + 1, 4] {
                leaves.insert(first + random.next() % spread, random.next().is_multiple_of(2));
            }
            leaves.insert(last, true);
        }
        let mut before = MemoryTree::new([]);
        before.update(leaves.keys().map(|&leaf| (leaf, words(&mut random))).collect::<Vec<_>>());
        let step = |(&index, &written): (&u64, &bool)| {
            let (_, _, read_only) = region(index);
            let old = before.words(index);
            let new = if written && !read_only { words(&mut random) } else { old };
            let first_times: [u64; 4] = std::array::from_fn(|_| random.next() >> 20);
            // A cell whose word stays may have been accessed or not.
            let last_times = std::array::from_fn(|cell| {
                let accessed = old[cell] != new[cell] || random.next().is_multiple_of(2);
                first_times[cell] + u64::from(accessed) * 7
            });
            let input = region(index) == INPUT;
            LeafStep { index, read_only, input, old, new, first_times, last_times }
        };
        let steps: Vec<LeafStep> = leaves.iter().map(step).collect();
        Segment::new(before, steps)
    }

    /// The honest tables' part.
    pub(crate) fn new(before: MemoryTree, steps: Vec<LeafStep>) -> Segment {
        let mut after = before.clone();
        let openings = after.advance(&steps.iter().map(|step| (step.index, step.new)).collect::<Vec<_>>());
        let roots = [before.root(), after.root()];
        let mut expected: BTreeMap<_, i128> = BTreeMap::new();
        let mut expect =
            |bus: &str, fields: Vec<u64>, count| *expected.entry((bus.to_owned(), fields)).or_default() += count;
        expect("state", vec![START_TIME, PC[0]], 1);
        expect("state", vec![END_TIME, PC[1]], -1);
        for step in &steps {
            for k in 0..LEAF_CELLS as usize {
                let cell = step.index * LEAF_CELLS + k as u64 + if step.read_only { READ_ONLY } else { 0 };
                let word = |word: u64| [word & 0xffff_ffff, word >> 32];
                expect("memory", [vec![cell, step.first_times[k]], word(step.old[k]).to_vec()].concat(), 1);
                expect("memory", [vec![cell, step.last_times[k]], word(step.new[k]).to_vec()].concat(), -1);
            }
        }
        Segment { before, steps, openings, roots, expected }
    }

    /// The tables `node`, `leaf` and `poseidon2`.
    pub(crate) fn tables(&self) -> [Filled; 3] {
        let region = |leaf| (region(leaf).0, region(leaf).1);
        let leaves = leaf::rows(&self.steps, &self.openings.leaves, region, &mut Counts::default());
        [
            Filled {
                public: self.public(),
                ..Filled::new(Chip::Node(Node), node::rows(&self.openings.nodes, END_TIME))
            },
            Filled::new(Chip::Leaf(Leaf), leaves),
            Filled::new(Chip::Poseidon2(Poseidon2), poseidon2::rows(&self.openings.hashes)),
        ]
    }

    /// The statement.
    pub(crate) fn public(&self) -> Vec<F> {
        PC.map(F::from_u64).into_iter().chain(self.roots.concat()).collect()
    }

    /// What is wrong with these tables, if the rest of the circuit says what it said to the honest ones.
    pub(crate) fn objections(&self, tables: &[Filled]) -> Vec<String> {
        let mut wrong: Vec<String> = tables.iter().flat_map(violated_constraints).map(|it| it.to_string()).collect();
        let mut expected = self.expected.clone();
        for Message { bus, fields, excess } in unbalanced(tables) {
            let asked = excess < 1 << 32;
            let excess = i128::from(excess) - if asked { 0 } else { i128::from(F::ORDER_U64) };
            if !asked || !is_true(&bus, &fields) {
                *expected.entry((bus, fields)).or_default() -= excess;
            }
        }
        let differing = expected.iter().filter(|(_, count)| **count != 0);
        wrong.extend(differing.map(|((bus, fields), count)| format!("{bus} {fields:x?}: {count} more expected")));
        wrong
    }

    #[track_caller]
    pub(crate) fn accept(&self, tables: &[Filled]) {
        let objections = self.objections(tables);
        assert!(objections.is_empty(), "{}", objections.join("\n"));
    }

    /// The tables are refused, and one of the objections is about `what`: the name of a table or a bus.
    #[track_caller]
    pub(crate) fn refuse(&self, tables: &[Filled], what: &str) {
        let objections = self.objections(tables);
        assert!(objections.iter().any(|it| it.contains(what)), "no word of {what}: {objections:#?}");
    }
}

/// Whether a fact or a region that was looked up is one.
fn is_true(bus: &str, fields: &[u64]) -> bool {
    match (bus, fields) {
        ("range", &[fact::LIMB, x, 0, 0]) => x < 1 << 16,
        ("instr", &[kind::REGION, first, last, read_only, input, 0, 0, 0, 0, 0]) => REGIONS
            .map(|it| (it.0, it.1, u64::from(it.2), u64::from(it == INPUT)))
            .contains(&(first, last, read_only, input)),
        ("instr", &[kind::UNIT, op, a0, a1, b0, b1, c0, c1, 0, 0]) => {
            let word = |low: u64, high: u64| (low.max(high) < 1 << 32).then_some(low | high << 32);
            let words = (word(a0, a1), word(b0, b1), word(c0, c1));
            op == Op::And as u64 && matches!(words, (Some(a), Some(b), Some(c)) if a & b == c)
        }
        _ => false,
    }
}

/// Asserts that no cell of `row` can be changed unnoticed, but those in the columns `meaningless`: a constraint fails, or
/// the table says something else.
#[track_caller]
pub(crate) fn refuse_changes(table: &Filled, row: usize, meaningless: &[&str]) {
    assert_eq!(violated_constraints(table), []);
    let said = unbalanced(std::slice::from_ref(table));
    let random = F::from_u64(Random(row as u64).next() >> 1);
    for (column, name) in table.chip.columns().iter().enumerate() {
        let at = row * table.rows.width + column;
        let value = table.rows.values[at];
        let field = name.split('[').next().unwrap_or(name);
        if meaningless.contains(&field) || meaningless.contains(&name.as_str()) {
            continue;
        }
        for changed in [value + F::ONE, value - F::ONE, random, F::ZERO, F::NEG_ONE] {
            if changed != value {
                let mut table = table.clone();
                table.rows.values[at] = changed;
                let noticed = !violated_constraints(&table).is_empty() || unbalanced(&[table]) != said;
                assert!(noticed, "row {row}, {name}: {changed} accepted for {value}");
            }
        }
    }
}

/// The columns whose value in the next row constraints or messages of `chip` use.
pub(crate) fn next_row_columns(chip: &Chip) -> Vec<usize> {
    let mut builder = InteractionSymbolicBuilder::<F>::new(AirLayout::from_air(chip));
    chip.eval(&mut builder);
    let messages = builder.global_interactions().iter().flat_map(|it| it.fields.iter().chain([&it.count]));
    let all: Vec<SymbolicExpression<F>> = messages.cloned().chain(builder.base_constraints()).collect();
    // Expressions share parts: each is visited once.
    let mut seen: HashSet<*const SymbolicExpression<F>> = HashSet::new();
    let mut columns = BTreeSet::new();
    let mut open: Vec<&SymbolicExpression<F>> = all.iter().collect();
    while let Some(expression) = open.pop() {
        if !seen.insert(expression) {
            continue;
        }
        match expression {
            SymbolicExpr::Leaf(BaseLeaf::Variable(it)) if it.entry == BaseEntry::Main { offset: 1 } => {
                columns.insert(it.index);
            }
            SymbolicExpr::Leaf(_) => {}
            SymbolicExpr::Neg { x, .. } => open.push(x),
            SymbolicExpr::Add { x, y, .. } | SymbolicExpr::Sub { x, y, .. } | SymbolicExpr::Mul { x, y, .. } => {
                open.extend([x.as_ref(), y.as_ref()]);
            }
        }
    }
    columns.into_iter().collect()
}
