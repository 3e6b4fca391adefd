//! What tests of tables share: a judge who knows what a row ought to say, small memories, and lies.

mod reference;

use std::collections::BTreeMap;

use p3_air::symbolic::AirLayout;
use p3_batch_stark::symbolic::get_symbolic_constraints;
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use p3_lookup::logup::LogUpGadget;
use p3_matrix::dense::RowMajorMatrix;

use crate::bus::{INSTR_FIELDS, fact, kind};
use crate::check::{Filled, Message, interactions, unbalanced, violated_constraints};
use crate::chip::Chip;
use crate::counts::{Counts, LOOKUP_ROWS};
use crate::field::{EF, F};
use crate::op::{NarrowCall, UnitCall};

use reference::computed;
pub use reference::{Words, narrow, narrow_ops};

/// Words at the edges of limbs, halves and signs, and some without pattern.
pub const WORDS: [u64; 12] = [
    0,
    1,
    u64::MAX,
    0x8000_0000_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8080_8080_8080_8080,
    0x7f7f_7f7f_7f7f_7f7f,
    0x0000_0000_ffff_ffff,
    0xffff_ffff_0000_0000,
    0x8000_7fff_ffff_8000,
    0x0123_4567_89ab_cdef,
    0xfedc_ba98_7654_3210,
];

/// Numbers without pattern, always the same (splitmix64).
pub struct Random(pub u64);

impl Random {
    /// The next one.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }
}

fn word([low, high]: [u64; 2]) -> Option<u64> {
    (low >> 32 == 0 && high >> 32 == 0).then_some(low | high << 32)
}

/// Whether a fact that was asked for is one.
fn is_fact(fields: &[u64]) -> bool {
    let &[kind, x, y, z] = fields else { return false };
    match kind {
        fact::LIMB => x >> 16 == 0 && (y, z) == (0, 0),
        fact::SIGN => x >> 16 == 0 && (y, z) == (x >> 15, 0),
        fact::LOW3 => x >> 16 == 0 && (y, z) == (x & 7, 0),
        fact::BYTES => x < 256 && y < 256 && z == 0,
        _ => false,
    }
}

/// Whether some unit may answer a request. Of one whose operands are no words it guarantees only that the result is one.
fn is_answered(fields: &[u64]) -> bool {
    match *fields {
        [kind::UNIT, op, a0, a1, b0, b1, c0, c1, 0, 0] => {
            let (a, b, c) = (word([a0, a1]), word([b0, b1]), word([c0, c1]));
            c.is_some() && a.zip(b).is_none_or(|(a, b)| computed(op, a, b) == c)
        }
        [kind::NARROW, code, offset, s0, s1, o0, o1, n0, n1, 0] => {
            let Some(op) = narrow_ops().into_iter().find(|op| op.code() == code) else { return false };
            let (source, old, new) = (word([s0, s1]), word([o0, o1]), word([n0, n1]));
            let truth = |(source, old)| Some(narrow(op, offset, source, old).new) == new;
            offset < 8 && new.is_some() && source.zip(old).is_none_or(truth)
        }
        _ => false,
    }
}

/// The messages that a row of a table must send (counted positive) and receive or provide (negative), besides facts and
/// requests to units, which must only be true.
#[derive(Clone, Debug)]
pub struct Judge {
    chip: Chip,
    expected: BTreeMap<(String, Vec<u64>), i128>,
}

impl Judge {
    /// Of a row of `chip` that says nothing.
    pub fn new(chip: Chip) -> Judge {
        Judge { chip, expected: BTreeMap::new() }
    }

    fn expect(&mut self, bus: &str, fields: Vec<u64>, count: i128) {
        *self.expected.entry((bus.to_owned(), fields)).or_default() += count;
    }

    /// It takes over at a time and pc and hands on at another.
    pub fn executes(&mut self, here: [u64; 2], next: [u64; 2]) {
        self.expect("state", here.to_vec(), -1);
        self.expect("state", next.to_vec(), 1);
    }

    /// It looks this row of the program up.
    pub fn fetches(&mut self, fields: [u64; INSTR_FIELDS]) {
        self.expect("instr", fields.to_vec(), 1);
    }

    /// It vouches for this.
    pub fn provides(&mut self, fields: [u64; INSTR_FIELDS]) {
        self.expect("instr", fields.to_vec(), -1);
    }

    /// It finds `old` in `cell`, left there at `before`, and leaves `new` at `now`.
    pub fn accesses(&mut self, cell: u64, [before, now]: [u64; 2], [old, new]: [u64; 2]) {
        self.expect("memory", vec![cell, before, old & 0xffff_ffff, old >> 32], -1);
        self.expect("memory", vec![cell, now, new & 0xffff_ffff, new >> 32], 1);
    }

    fn table(&self, row: &[F]) -> Filled {
        Filled::new(self.chip.clone(), RowMajorMatrix::new(row.to_vec(), row.len()))
    }

    fn refuses(&self, row: &[F]) -> bool {
        !violated_constraints(&self.table(row)).is_empty() || !self.objections(row).is_empty()
    }

    /// What is wrong with `row`.
    pub fn objections(&self, row: &[F]) -> Vec<String> {
        let table = self.table(row);
        let mut wrong: Vec<String> = violated_constraints(&table).iter().map(ToString::to_string).collect();
        let mut expected = self.expected.clone();
        for Message { bus, fields, excess } in unbalanced(&[table]) {
            let asked = excess <= 16;
            if asked && (bus == "range" && is_fact(&fields) || bus == "instr" && is_answered(&fields)) {
                continue;
            }
            let excess = i128::from(excess) - if asked { 0 } else { i128::from(F::ORDER_U64) };
            *expected.entry((bus, fields)).or_default() -= excess;
        }
        let differing = expected.iter().filter(|(_, count)| **count != 0);
        wrong.extend(differing.map(|((bus, fields), count)| format!("{bus} {fields:x?}: {count} more expected")));
        wrong
    }

    /// `row` is as expected.
    #[track_caller]
    pub fn accept(&self, row: &[F]) {
        let objections = self.objections(row);
        assert!(objections.is_empty(), "{}: {row:?}\n{}", self.chip.id().name(), objections.join("\n"));
    }

    /// `row` is a lie.
    #[track_caller]
    pub fn refuse(&self, row: &[F]) {
        assert!(self.refuses(row), "{}: accepted {row:?}", self.chip.id().name());
    }

    /// No cell of `row` can be changed, but those in the columns `meaningless`.
    #[track_caller]
    pub fn refuse_changes(&self, row: &[F], meaningless: &[&str]) {
        self.accept(row);
        let random = F::from_u64(Random(row.len() as u64).next() >> 1);
        for (column, name) in self.chip.columns().iter().enumerate() {
            let value = row[column];
            for changed in [value + F::ONE, value - F::ONE, random, F::ZERO, F::NEG_ONE] {
                let mut row = row.to_vec();
                row[column] = changed;
                let field = name.split('[').next().unwrap_or(name);
                let meaningless = meaningless.contains(&name.as_str()) || meaningless.contains(&field);
                if changed != value && !meaningless {
                    assert!(self.refuses(&row), "{name}: {changed} for {value} accepted in {row:?}");
                }
            }
        }
    }

    /// `row` is refused when some of its columns take their values from the honest `other` row: no second row says the same.
    #[track_caller]
    pub fn refuse_mixtures(&self, row: &[F], other: &[F], random: &mut Random) {
        let mask = random.next() & random.next();
        let mixed: Vec<F> =
            (0..).zip(row.iter().zip(other)).map(|(at, (a, b))| [*a, *b][(mask >> at & 1) as usize]).collect();

        assert!(mixed == row || self.refuses(&mixed), "accepted {mixed:?} for {row:?}");
    }
}

/// The facts that `rows` of `chip` ask for are those that were counted.
#[track_caller]
pub fn check_counts(chip: Chip, rows: RowMajorMatrix<F>, counts: &Counts) {
    let mut asked = Counts::default();
    for Message { bus, fields, excess } in unbalanced(&[Filled::new(chip, rows)]) {
        for _ in 0..if bus == "range" { excess } else { 0 } {
            assert!(is_fact(&fields), "no fact: {fields:?}");
            match fields[0] {
                fact::LIMB => asked.limb(fields[1]),
                fact::SIGN => _ = asked.sign(fields[1]),
                fact::LOW3 => asked.low3(fields[1]),
                _ => asked.two_bytes(fields[1], fields[2]),
            }
        }
    }
    for kind in 0..fact::KINDS as u64 {
        for row in 0..LOOKUP_ROWS {
            assert_eq!(asked.of(kind, row), counts.of(kind, row), "fact {kind} of {row}");
        }
    }
}

/// What `rows` of `chip` ask of units is what was handed on.
#[track_caller]
pub fn check_requests(chip: Chip, rows: RowMajorMatrix<F>, units: &[UnitCall], narrow: &[NarrowCall]) {
    let halves = |words: [u64; 3]| words.into_iter().flat_map(|word| [word & 0xffff_ffff, word >> 32]);
    let mut asked: BTreeMap<Vec<u64>, u64> = BTreeMap::new();
    for &UnitCall { op, a, b, c } in units {
        let fields = [kind::UNIT, op as u64].into_iter().chain(halves([a, b, c])).chain([0, 0]);
        *asked.entry(fields.collect()).or_default() += 1;
    }
    for &NarrowCall { op, offset, source, old, new } in narrow {
        let fields = [kind::NARROW, op.code(), offset].into_iter().chain(halves([source, old, new])).chain([0]);
        *asked.entry(fields.collect()).or_default() += 1;
    }
    let requests = unbalanced(&[Filled::new(chip, rows)]).into_iter();
    let requests = requests.filter(|it| it.bus == "instr" && [kind::UNIT, kind::NARROW].contains(&it.fields[0]));
    let requests: BTreeMap<Vec<u64>, u64> = requests.map(|it| (it.fields, it.excess)).collect();
    assert_eq!(requests, asked);
}

/// `chip` has this many columns and messages per bus, in the buses' alphabetical order; all messages can be folded in pairs
/// and no constraint has a degree above 3.
#[track_caller]
pub fn check_shape(chip: Chip, columns: usize, messages: &[(&str, usize)]) {
    assert_eq!(chip.columns().len(), columns, "columns");
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for message in interactions(&chip) {
        let degree = message.fields.iter().chain([&message.count]).map(|it| it.degree_multiple()).max();
        assert!(degree <= Some(1), "a message on {} has degree {degree:?}", message.bus_name);
        *found.entry(message.bus_name).or_default() += 1;
    }
    let expected = messages.iter().map(|(bus, count)| ((*bus).to_owned(), *count)).collect();
    assert_eq!(found, expected, "messages");
    let layout = AirLayout::from_air::<F>(&chip);
    let (constraints, _) = get_symbolic_constraints::<F, EF, Chip, _>(&chip, layout, &[], &LogUpGadget::new());
    assert!(constraints.iter().all(|it| it.degree_multiple() <= 3), "a constraint has a degree above 3");
}
