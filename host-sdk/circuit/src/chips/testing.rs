//! What tests of tables share: a judge who knows what a row ought to say, small memories, and lies.

mod judge;
mod reference;

use std::collections::BTreeMap;

use p3_air::symbolic::AirLayout;
use p3_batch_stark::symbolic::get_symbolic_constraints;
use p3_lookup::logup::LogUpGadget;
use p3_matrix::dense::RowMajorMatrix;

use crate::bus::{fact, kind};
use crate::check::{Filled, Message, interactions, unbalanced};
use crate::chip::Chip;
use crate::counts::{Counts, LOOKUP_ROWS};
use crate::field::{EF, F};
use crate::op::{NarrowCall, UnitCall};

pub use judge::{Judge, Verdict};
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
