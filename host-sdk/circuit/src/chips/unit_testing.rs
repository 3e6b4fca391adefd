//! How the tables of the units are tested: what an operation is by Rust's own arithmetic, and a judge of single rows that
//! knows nothing of how they are filled.

use p3_field::{PrimeCharacteristicRing, PrimeField64};
use p3_matrix::dense::RowMajorMatrix;

use super::lookup::{self, Lookup};
use crate::Op;
use crate::bus::{fact, kind};
use crate::check::{Filled, Message, unbalanced, violated_constraints};
use crate::chip::Chip;
use crate::counts::Counts;
use crate::field::F;
use crate::op::UnitCall;

/// Field's modulus.
pub(super) const P: u64 = F::ORDER_U64;

/// Words at which carries, signs and limbs change.
pub(super) const EDGES: [u64; 28] = [
    0,
    1,
    2,
    3,
    7,
    0xffff,
    0x1_0000,
    0x1_0001,
    0x7fff_ffff,
    0x8000_0000,
    0x8000_0001,
    0xffff_ffff,
    0x1_0000_0000,
    0x1_0000_0001,
    0xffff_ffff_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0x8000_0000_0000_0001,
    0xffff_ffff_0000_0000,
    0xffff_ffff_0000_0001,
    0xffff_ffff_7fff_ffff,
    0xffff_ffff_8000_0000,
    0xffff_ffff_8000_0001,
    0xffff_ffff_ffff_0000,
    0xffff_ffff_ffff_fffe,
    0xffff_ffff_ffff_ffff,
    0x0123_4567_89ab_cdef,
    0xfedc_ba98_0000_3210,
];

/// `op(a, b)`: the RISC-V manual, chapters 2, 4 and 13, in Rust's arithmetic.
pub(super) fn meaning(op: Op, a: u64, b: u64) -> u64 {
    let (signed_a, signed_b) = (a as i64, b as i64);
    let (narrow_a, narrow_b) = (a as i32, b as i32);
    let extend = |low: u32| low as i32 as u64;
    let high = |product: i128| (product >> 64) as u64;
    match op {
        Op::And => a & b,
        Op::Or => a | b,
        Op::Xor => a ^ b,
        Op::Sll => a << (b % 64),
        Op::Srl => a >> (b % 64),
        Op::Sra => (signed_a >> (b % 64)) as u64,
        Op::Sllw => extend((a as u32) << (b % 32)),
        Op::Srlw => extend(a as u32 >> (b % 32)),
        Op::Sraw => extend((narrow_a >> (b % 32)) as u32),
        Op::Lt => (signed_a < signed_b).into(),
        Op::Ltu => (a < b).into(),
        Op::Eq => (a == b).into(),
        Op::Ne => (a != b).into(),
        Op::Ge => (signed_a >= signed_b).into(),
        Op::Geu => (a >= b).into(),
        Op::Mul => a.wrapping_mul(b),
        Op::Mulh => high(i128::from(signed_a) * i128::from(signed_b)),
        Op::Mulhsu => high(i128::from(signed_a) * i128::from(b)),
        Op::Mulhu => ((u128::from(a) * u128::from(b)) >> 64) as u64,
        Op::Mulw => extend((a as u32).wrapping_mul(b as u32)),
        Op::Div if b == 0 => u64::MAX,
        Op::Div => signed_a.wrapping_div(signed_b) as u64,
        Op::Divu => a.checked_div(b).unwrap_or(u64::MAX),
        Op::Rem if b == 0 => a,
        Op::Rem => signed_a.wrapping_rem(signed_b) as u64,
        Op::Remu => a.checked_rem(b).unwrap_or(a),
        Op::Divw if narrow_b == 0 => u64::MAX,
        Op::Divw => extend(narrow_a.wrapping_div(narrow_b) as u32),
        Op::Divuw => extend((a as u32).checked_div(b as u32).unwrap_or(u32::MAX)),
        Op::Remw if narrow_b == 0 => extend(a as u32),
        Op::Remw => extend(narrow_a.wrapping_rem(narrow_b) as u32),
        Op::Remuw => extend((a as u32).checked_rem(b as u32).unwrap_or(a as u32)),
    }
}

/// All operations of units.
const OPS: [Op; 28] = [
    Op::And,
    Op::Or,
    Op::Xor,
    Op::Sll,
    Op::Srl,
    Op::Sra,
    Op::Sllw,
    Op::Srlw,
    Op::Sraw,
    Op::Lt,
    Op::Ltu,
    Op::Eq,
    Op::Ne,
    Op::Ge,
    Op::Geu,
    Op::Mul,
    Op::Mulh,
    Op::Mulhsu,
    Op::Mulhu,
    Op::Mulw,
    Op::Div,
    Op::Divu,
    Op::Rem,
    Op::Remu,
    Op::Divw,
    Op::Divuw,
    Op::Remw,
    Op::Remuw,
];

pub(super) fn call(op: Op, a: u64, b: u64) -> UnitCall {
    UnitCall { op, a, b, c: meaning(op, a, b) }
}

/// Every op with every pair of operands.
pub(super) fn all_calls(ops: &[Op], first: &[u64], second: &[u64]) -> Vec<UnitCall> {
    let pairs = || first.iter().flat_map(|&a| second.iter().map(move |&b| (a, b)));
    ops.iter().flat_map(|&op| pairs().map(move |(a, b)| call(op, a, b))).collect()
}

/// A deterministic stream of words, some of them short.
pub(super) fn random_words(seed: u64) -> impl Iterator<Item = u64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    core::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let word = state.wrapping_mul(0x2545_f491_4f6c_dd1d);
        if word & 3 == 0 { word >> (word >> 2 & 63) } else { word }
    })
}

/// A message of the `instr` bus about a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// Op, halves of a, b and c.
    pub(super) fields: [u64; 7],
    /// How often it is vouched for, less how often it is asked.
    pub(super) times: u64,
}

impl Statement {
    fn canonical(&self) -> bool {
        self.fields[1..5].iter().all(|half| half >> 32 == 0)
    }

    fn true_(&self) -> bool {
        let [op, a0, a1, b0, b1, c0, c1] = self.fields;
        let Some(op) = OPS.into_iter().find(|known| *known as u64 == op) else { return false };
        let c = meaning(op, a0 | a1 << 32, b0 | b1 << 32);
        [c0, c1] == [c & 0xffff_ffff, c >> 32]
    }

    /// Whether it is an asked one.
    pub(super) fn asked(&self) -> bool {
        self.times < 1 << 32
    }
}

fn true_fact(&[kind, x, y, z]: &[u64; 4]) -> bool {
    x < 1 << 16
        && match kind {
            fact::LIMB => (y, z) == (0, 0),
            fact::SIGN => (y, z) == (x >> 15, 0),
            fact::AND => x < 256 && y < 256 && z == x & y,
            fact::SHIFT => (y, z) == (x / 16 % 4, 1 << (x % 16)),
            _ => panic!("no unit needs facts of kind {kind}"),
        }
}

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A constraint fails, a fact it needs is false, or another unit would not answer.
    Rejected,
    /// It holds and makes these statements.
    Holds(Vec<Statement>),
}

/// Judges one row of `chip`. An operand of something asked must be canonical and the statement true.
///
/// # Panics
/// If the row holds and vouches for something false about canonical operands.
#[track_caller]
pub(super) fn judge(chip: &Chip, row: &[F]) -> Verdict {
    let table = Filled::new(chip.clone(), RowMajorMatrix::new(row.to_vec(), row.len()));
    if !violated_constraints(&table).is_empty() {
        return Verdict::Rejected;
    }
    let mut statements = Vec::new();
    for Message { bus, fields, excess } in unbalanced(&[table]) {
        match bus.as_str() {
            "range" => {
                let fields: &[u64; 4] = fields[..].try_into().expect("range messages have four fields");
                if excess >= 64 || !true_fact(fields) {
                    return Verdict::Rejected;
                }
            }
            "instr" => {
                assert_eq!((fields[0], &fields[8..]), (kind::UNIT, &[0, 0][..]));
                let fields = fields[1..8].try_into().expect("a statement has seven fields");
                statements.push(Statement { fields, times: excess });
            }
            _ => panic!("a unit has no business on bus {bus}"),
        }
    }
    if statements.iter().any(|statement| statement.asked() && statement.canonical() && !statement.true_()) {
        return Verdict::Rejected;
    }
    let vouched = || statements.iter().filter(|statement| !statement.asked() && statement.canonical());
    if vouched().next().is_some() {
        let asked = statements.iter().find(|statement| statement.asked() && !statement.canonical());
        assert_eq!(asked, None, "a row asks about operands that are none: {row:?}");
    }
    let lie = vouched().find(|statement| !statement.true_());
    assert_eq!(lie, None, "a row vouches for something false: {row:?}");
    Verdict::Holds(statements)
}

/// The table satisfies its constraints and balances with `lookup` but for the statements, which are exactly `calls`, and
/// those of `further`, which it asks.
#[track_caller]
pub(super) fn check(chip: Chip, calls: &[UnitCall], further: &[UnitCall], rows: RowMajorMatrix<F>, counts: &Counts) {
    let unit = Filled::new(chip, rows);
    assert_eq!(violated_constraints(&unit), []);
    let lookup = Filled::new(Chip::Lookup(Lookup), lookup::rows(counts));
    let vouched = calls.iter().map(|call| (call, -F::ONE)).chain(further.iter().map(|call| (call, F::ONE)));
    let mut expected = std::collections::BTreeMap::new();
    for (&UnitCall { op, a, b, c }, times) in vouched {
        let halves = [a, b, c].map(|word| [word & 0xffff_ffff, word >> 32]);
        let fields = [kind::UNIT, op as u64].into_iter().chain(halves.into_iter().flatten()).chain([0, 0]);
        *expected.entry(fields.collect::<Vec<_>>()).or_insert(F::ZERO) += times;
    }
    expected.retain(|_, times| *times != F::ZERO);
    let expected: Vec<Message> = expected
        .into_iter()
        .map(|(fields, times)| Message { bus: "instr".into(), fields, excess: times.as_canonical_u64() })
        .collect();
    assert_eq!(unbalanced(&[unit, lookup]), expected);
}

/// Changes every cell of every row to several values. Each changed row must be rejected, or say something else that is true
/// (which nobody asks), or the cell must be `free`: meaningless in that row. Padding says nothing, so its cells are free as
/// long as the row does not come to say something false.
#[track_caller]
pub(super) fn tamper(chip: &Chip, rows: &RowMajorMatrix<F>, free: impl Fn(&str, &[F]) -> bool) {
    let names = chip.columns();
    let mut random = random_words(1);
    for row in rows.values.chunks(rows.width) {
        let before = judge(chip, row);
        assert_ne!(before, Verdict::Rejected, "{row:?}");
        for (column, name) in names.iter().enumerate() {
            let old = row[column];
            let random = F::from_u64(random.next().expect("the stream does not end") % P);
            let limb = F::from_u64(1 << 16);
            for value in [old + F::ONE, old - F::ONE, random, F::ZERO, F::ONE, -F::ONE, old + limb, old - limb] {
                if value == old {
                    continue;
                }
                let mut changed = row.to_vec();
                changed[column] = value;
                let after = judge(chip, &changed);
                let silent = before == Verdict::Holds(Vec::new());
                assert!(after != before || silent || free(name, row), "{name} may become {value} in {row:?}");
            }
        }
    }
}
