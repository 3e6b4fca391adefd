//! The tables of the units, solved: to each question there is one answer, the right one, whatever a prover writes into
//! the other cells. With limbs of two bits (`shift`: four) for all words or many, with limbs of 16 for edges and random words.

use std::collections::BTreeSet;

use zkvm_circuit::chips::{
    bitwise::Bitwise, compare::Compare, divide::Divide, multiply::Multiply, narrow::Narrow, shift::Shift,
};
use zkvm_circuit::{Chip, Op};

use crate::solver::{Problem, Row};
use crate::width::{FOUR, FULL, TWO, Width};

/// A deterministic stream of words.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }
}

/// Words at which carries, signs and limbs change, and some others.
pub fn edges(width: Width, random: usize) -> Vec<u64> {
    let (limb, half, bits) = (width.limb, width.half(), 4 * width.limb);
    let powers = [0, 1, limb - 1, limb, half - 1, half, half + limb, bits - 1].map(|exponent| 1u64 << exponent);
    let mut words = BTreeSet::new();
    for power in powers {
        words.extend([power, power - 1, power + 1, power.wrapping_neg(), !power].map(|word| word & width.mask()));
    }
    let mut stream = Random(limb.into());
    words.extend((0..random).map(|_| stream.next() & width.mask()));
    words.into_iter().collect()
}

/// A unit: its operations, and which cells are free where, as its columns and specification say.
struct Unit {
    chip: Chip,
    width: Width,
    /// Operations that it vouches for, by statement.
    ops: &'static [&'static [Op]],
    free: &'static [&'static str],
    /// Cells that are tried first.
    first: &'static [&'static str],
    /// Constraints that others imply: that these are bits.
    implied: &'static [&'static str],
}

const BITWISE: Unit = Unit {
    chip: Chip::Bitwise(Bitwise),
    width: TWO,
    ops: &[&[Op::And, Op::Or, Op::Xor]],
    free: &["times"],
    first: &[],
    implied: &[],
};

const SHIFT: Unit = Unit {
    chip: Chip::Shift(Shift),
    width: FOUR,
    ops: &[&[Op::Sll, Op::Srl, Op::Sra, Op::Sllw, Op::Srlw, Op::Sraw]],
    // Nobody looks at the sign, if not arithmetic. To the right by a multiple of 32, the factor may be 2^32: two ways.
    free: &[
        "times",
        "signed_upper",
        "above",
        "factor",
        "low[0]",
        "low[1]",
        "low_upper[0]",
        "low_upper[1]",
        "high[0]",
        "high[1]",
        "high_upper[0]",
        "high_upper[1]",
        "above_exact",
        "above_two",
    ],
    first: &[],
    implied: &["below", "sign"],
};

const COMPARE: Unit = Unit {
    chip: Chip::Compare(Compare),
    width: TWO,
    ops: &[&[Op::Lt, Op::Ltu, Op::Eq], &[Op::Ge, Op::Geu, Op::Ne]],
    // There is no inverse of 0; nobody looks at the sign if unsigned, nor at the difference's limbs for `Eq`.
    free: &["times[0]", "times[1]", "inverse", "negative", "probe", "probe_upper", "upper"],
    first: &[],
    implied: &["negative"],
};

const MULTIPLY: Unit = Unit {
    chip: Chip::Multiply(Multiply),
    width: TWO,
    ops: &[&[Op::Mul, Op::Mulw], &[Op::Mulh, Op::Mulhsu, Op::Mulhu]],
    // What belongs to the other of the two products.
    free: &[
        "times_low",
        "times_high",
        "word",
        "low_high",
        "signed[0]",
        "signed[1]",
        "borrow",
        "carry5",
        "carry5_upper",
        "product[4]",
        "product[5]",
        "product[6]",
        "product[7]",
    ],
    first: &[],
    implied: &[],
};

const DIVIDE: Unit = Unit {
    chip: Chip::Divide(Divide),
    width: TWO,
    ops: &[&[Op::Div, Op::Divu, Op::Divw, Op::Divuw], &[Op::Rem, Op::Remu, Op::Remw, Op::Remuw]],
    // By zero nothing is asked; nothing is negated; 0 / 0 has no inverse; unsigned, nobody looks at the sign.
    free: &[
        "times_quotient",
        "times_remainder",
        "borrow",
        "negative",
        "divisor_inverse",
        "apart_inverse",
        "top_upper[0]",
        "top_upper[1]",
    ],
    first: &["quotient[0]", "quotient[1]", "quotient[2]", "quotient[3]"],
    implied: &["sign[0]", "sign[1]", "negated[0]", "negated[1]"],
};

const UNITS: [Unit; 5] = [BITWISE, SHIFT, COMPARE, MULTIPLY, DIVIDE];

impl Unit {
    fn solver(&self, width: Width) -> Solver<'_> {
        let problem = Problem::new(&self.chip, width);
        let first = self.first.iter().map(|name| problem.column(name)).collect();
        Solver { unit: self, problem, width, first }
    }
}

/// A unit with limbs of some width.
struct Solver<'u> {
    unit: &'u Unit,
    problem: Problem,
    width: Width,
    first: Vec<usize>,
}

impl Solver<'_> {
    /// All rows whose statement `side` is about `op(a, b)`.
    #[track_caller]
    fn rows(&self, side: usize, op: u64, a: u64, b: u64, cells: &[(usize, u64)]) -> Result<Vec<Row>, String> {
        let fields = &self.problem.vouched[side];
        let ([a0, a1], [b0, b1]) = (self.width.halves(a), self.width.halves(b));
        let given: Vec<_> = fields[1..].iter().zip([op, a0, a1, b0, b1]).collect();
        self.problem.solve(&given, cells, &self.first)
    }

    /// The row's results, if they are determined, and the truth.
    fn results(&self, side: usize, op: Op, a: u64, b: u64, row: &Row) -> [[Option<u64>; 2]; 2] {
        let fields = &self.problem.vouched[side];
        let truth = self.width.halves(self.width.meaning(op, a, b)).map(Some);
        [[6, 7].map(|at| self.problem.value(&fields[at], row)), truth]
    }

    /// What is wrong with the rows about `op(a, b)`: there is none, one says something false, or a cell is free.
    #[track_caller]
    fn wrong(&self, side: usize, op: Op, a: u64, b: u64, cells: &[(usize, u64)]) -> Option<String> {
        let rows = match self.rows(side, op as u64, a, b, cells) {
            Ok(rows) => rows,
            Err(unsolved) => return Some(unsolved),
        };
        if rows.is_empty() {
            return Some("there is no row".into());
        }
        for row in &rows {
            let [result, truth] = self.results(side, op, a, b, row);
            if result != truth {
                return Some(format!("the result is {result:x?}, not {truth:x?}: {row:x?}"));
            }
        }
        let free = undetermined(&self.problem, &rows);
        let free: Vec<_> = free.into_iter().filter(|name| !self.unit.free.contains(name)).collect();
        (!free.is_empty()).then(|| format!("{free:?} may be anything, or one of several"))
    }

    /// Every operation on these words.
    #[track_caller]
    fn check(&self, first: &[u64], second: &[u64]) {
        for (side, ops) in self.unit.ops.iter().enumerate() {
            for &op in *ops {
                for (&a, &b) in first.iter().flat_map(|a| second.iter().map(move |b| (a, b))) {
                    let wrong = self.wrong(side, op, a, b, &[]);
                    assert_eq!(wrong, None, "{op:?} of {a:#x} and {b:#x}, limbs of {} bits", self.width.limb);
                }
            }
        }
    }
}

/// Cells that are free, or not the same in all rows.
pub fn undetermined<'p>(problem: &'p Problem, rows: &[Row]) -> BTreeSet<&'p str> {
    let differs = |column: &usize| rows.iter().any(|row| row[*column].is_none() || row[*column] != rows[0][*column]);
    (0..problem.columns.len()).filter(differs).map(|column| &problem.columns[column][..]).collect()
}

fn every_word(width: Width) -> Vec<u64> {
    (0..=width.mask()).collect()
}

#[test]
fn bitwise_and_compare_say_the_truth_of_short_words() {
    for unit in [&BITWISE, &COMPARE] {
        unit.solver(TWO).check(&edges(TWO, 0), &every_word(TWO));
        unit.solver(TWO).check(&every_word(TWO), &edges(TWO, 0));
    }
}

#[test]
fn shift_says_the_truth_of_short_words_by_every_amount() {
    // Beyond the amount's own bits, an operand that has others set.
    let amounts: Vec<u64> = (0..16).chain([0x10, 0x8000, 0xabcd, 0xffff]).collect();
    SHIFT.solver(FOUR).check(&edges(FOUR, 80), &amounts);
}

#[test]
fn multiply_says_the_truth_of_short_words() {
    MULTIPLY.solver(TWO).check(&edges(TWO, 0), &every_word(TWO));
}

#[test]
fn divide_says_the_truth_of_short_words() {
    DIVIDE.solver(TWO).check(&edges(TWO, 0), &edges(TWO, 0));
}

/// Ten minutes long; the tests above look at a part of it.
#[test]
#[ignore = "minutes long"]
fn units_say_the_truth_of_all_short_words() {
    let words = every_word(TWO);
    for unit in [&BITWISE, &COMPARE, &MULTIPLY, &DIVIDE] {
        std::thread::scope(|scope| {
            for half in words.chunks(128) {
                scope.spawn(|| unit.solver(TWO).check(half, &every_word(TWO)));
            }
        });
        println!("{:?}: every pair of words", unit.chip.id());
    }
}

#[test]
fn units_say_the_truth_of_words_of_64_bits() {
    for unit in [&BITWISE, &SHIFT, &COMPARE, &MULTIPLY] {
        let words = edges(FULL, 8);
        let few: Vec<u64> = words.iter().copied().step_by(3).chain([0, 1, 31, 32, 33, 63]).collect();
        unit.solver(FULL).check(&words, &few);
    }
}

/// Not even with quotients that are wrong by a little, in sign or modulo 2^32: whatever the remainder.
#[test]
fn divide_says_the_truth_of_words_of_64_bits() {
    let solver = DIVIDE.solver(FULL);
    let words: Vec<u64> = edges(FULL, 6).into_iter().step_by(2).collect();
    for &op in DIVIDE.ops[0] {
        let remainder = DIVIDE.ops[1][DIVIDE.ops[0].iter().position(|it| *it == op).expect("it is one of them")];
        for (&a, &b) in words.iter().flat_map(|a| words.iter().step_by(2).map(move |b| (a, b))) {
            let word = matches!(op, Op::Divw | Op::Divuw);
            let truth = solver.width.meaning(op, a, b);
            let zero_extended = truth & u64::from(u32::MAX);
            let wrong = [truth ^ 1, truth.wrapping_add(1), truth.wrapping_sub(1), !truth, truth.wrapping_neg()];
            let more = [0, u64::MAX, truth ^ 1 << 32, truth ^ 1 << 63, truth.wrapping_add(1 << 32), zero_extended];
            let mut holding = BTreeSet::new();
            for quotient in [truth].into_iter().chain(wrong).chain(more) {
                let cells: Vec<_> = (0..4).map(|at| (solver.first[at], quotient >> (16 * at) & 0xffff)).collect();
                for row in solver.rows(0, op as u64, a, b, &cells).expect("a quotient decides") {
                    for (side, op) in [op, remainder].into_iter().enumerate() {
                        let [result, truth] = solver.results(side, op, a, b, &row);
                        assert_eq!(result, truth, "{op:?} of {a:#x} and {b:#x} with quotient {quotient:#x}");
                    }
                    holding.insert(quotient);
                }
            }
            assert!(holding.contains(&truth) || (word && holding.contains(&zero_extended)), "{op:?} of {a:#x}, {b:#x}");
        }
    }
}

#[test]
fn units_vouch_for_no_operation_but_their_own() {
    for unit in &UNITS {
        let solver = unit.solver(unit.width);
        assert_eq!(solver.foreign(), None, "{:?}", unit.chip.id());
    }
}

impl Solver<'_> {
    /// What is wrong with divisions that are said to be by zero: there the quotient need not be tried.
    fn wrong_by_zero(&self) -> Option<String> {
        let by_zero = self.problem.columns.iter().position(|name| name == "by_zero")?;
        self.wrong(0, Op::Div, 1, 0, &[(by_zero, 1)])
    }

    /// A row that vouches for an operation of others, or none.
    fn foreign(&self) -> Option<String> {
        let words = [0, 1, 3, self.width.mask(), 1 << (4 * self.width.limb - 1)];
        for (side, ops) in self.unit.ops.iter().enumerate() {
            for op in (0..40).filter(|op| !ops.iter().any(|known| *known as u64 == *op)) {
                for (&a, &b) in words.iter().flat_map(|a| words.iter().map(move |b| (a, b))) {
                    let rows = self.rows(side, op, a, b, &[]);
                    if !matches!(&rows, Ok(rows) if rows.is_empty()) {
                        return Some(format!("operation {op}: {rows:?}"));
                    }
                }
            }
        }
        None
    }
}

/// A rule less, and something false or undetermined is found: so the solver finds what there is to be found, and no rule
/// could be forgotten without a test that fails. But for those that others imply:
/// - `shift`: `below` is 0 to the right and else the bit that the sum of positions is; `sign` is from a fact, or 0.
/// - `compare`: `negative` is from a fact, or unsigned, when it means nothing.
/// - `divide`: signs are from facts, or 0; of `negated`, one is 0 (low(b) is 0, or has an inverse), and their sum a bit.
#[test]
fn every_rule_of_a_unit_is_needed() {
    for unit in &UNITS {
        let solver = unit.solver(unit.width);
        let bits = 4 * unit.width.limb;
        let (half, top, mask) = (1 << (bits / 2), 1 << (bits - 1), unit.width.mask());
        let shift = u64::from(bits / 2);
        let words = [0, 1, half, mask, top, 3, top - 1, half - 1, shift, shift + 1, mask - 1, 7, mask ^ (half - 1)];
        let mut implied = Vec::new();
        for rule in 0..solver.problem.rules() {
            let (problem, name) = solver.problem.without(rule);
            let weaker = Solver { problem, ..unit.solver(unit.width) };
            let pairs = words.iter().flat_map(|&a| words.iter().map(move |&b| (a, b)));
            let mut questions = pairs.flat_map(|(a, b)| {
                let ops = unit.ops.iter().enumerate();
                ops.flat_map(move |(side, ops)| ops.iter().map(move |&op| (side, op, a, b)))
            });
            let found = weaker.wrong_by_zero().or_else(|| {
                let found = questions.find_map(|(side, op, a, b)| weaker.wrong(side, op, a, b, &[]));
                found.or_else(|| weaker.foreign())
            });
            println!("{:?} {name}: {:.150}", unit.chip.id(), found.as_deref().unwrap_or("nothing depends on it"));
            if found.is_none() {
                implied.push(name);
            }
        }
        let is_expected = |name: &&String| {
            unit.implied.iter().any(|bit| name.starts_with("constraint") && name.ends_with(&format!(" of {bit}")))
        };
        let unexpected: Vec<_> = implied.iter().filter(|name| !is_expected(name)).collect();
        assert!(unexpected.is_empty(), "{:?}: nothing depends on {unexpected:?}", unit.chip.id());
        assert_eq!(
            implied.len(),
            unit.implied.len(),
            "{:?}: of {:?}, only {implied:?} is implied",
            unit.chip.id(),
            unit.implied
        );
    }
}

/// `narrow`, and a question to it.
struct NarrowSolver {
    problem: Problem,
    width: Width,
}

impl NarrowSolver {
    fn new(width: Width) -> NarrowSolver {
        NarrowSolver { problem: Problem::new(&Chip::Narrow(Narrow), width), width }
    }

    /// What is wrong with the rows about this load or store; there should be none if it is none.
    fn wrong(&self, code: u64, offset: u64, source: u64, old: u64) -> Option<String> {
        let (problem, width) = (&self.problem, self.width);
        let fields = &problem.vouched[0];
        let ([s0, s1], [o0, o1]) = (width.halves(source), width.halves(old));
        let given: Vec<_> = fields[1..].iter().zip([code, offset, s0, s1, o0, o1]).collect();
        let rows = match problem.solve(&given, &[], &[]) {
            Ok(rows) => rows,
            Err(unsolved) => return Some(unsolved),
        };
        let exists = code < 11 && code % 4 < 3 && offset < 8 && offset.is_multiple_of(1 << (code % 4));
        if rows.is_empty() == exists {
            return Some(format!("there are {} rows", rows.len()));
        }
        let truth = width.halves(width.narrow(code, offset, source, old)).map(Some);
        if let Some(row) = rows.iter().find(|row| [7, 8].map(|at| problem.value(&fields[at], row)) != truth) {
            return Some(format!("the result is not {truth:x?}: {row:x?}"));
        }
        let free: Vec<_> = undetermined(problem, &rows).into_iter().filter(|name| *name != "times").collect();
        (!free.is_empty()).then(|| format!("{free:?} may be anything, or one of several"))
    }
}

/// All codes and offsets, and some that are none.
fn narrow_calls() -> impl Iterator<Item = (u64, u64)> {
    (0..16).flat_map(|code| (0..9).map(move |offset| (code, offset)))
}

#[test]
fn narrow_says_the_truth_of_all_short_words() {
    let solver = NarrowSolver::new(TWO);
    let words = every_word(TWO);
    for (code, offset) in narrow_calls() {
        for (&source, old) in words.iter().flat_map(|source| [0, 0xff, 0x5a, 0x96].map(|old| (source, old))) {
            for (source, old) in [(source, old), (old, source)] {
                let wrong = solver.wrong(code, offset, source, old);
                assert_eq!(wrong, None, "{code} at {offset} of {source:#x} and {old:#x}");
            }
        }
    }
}

#[test]
fn narrow_says_the_truth_of_words_of_64_bits() {
    let solver = NarrowSolver::new(FULL);
    let words = edges(FULL, 12);
    for (code, offset) in narrow_calls() {
        for (&source, &old) in words.iter().zip(words.iter().rev()) {
            let wrong = solver.wrong(code, offset, source, old);
            assert_eq!(wrong, None, "{code} at {offset} of {source:#x} and {old:#x}");
        }
    }
}

#[test]
fn every_rule_of_narrow_is_needed() {
    let solver = NarrowSolver::new(TWO);
    for rule in 0..solver.problem.rules() {
        let (problem, name) = solver.problem.without(rule);
        let weaker = NarrowSolver { problem, width: TWO };
        let words = [0, 0xff, 0x5a, 0x96, 0x01, 0x80];
        let mut questions = narrow_calls().flat_map(|(code, offset)| {
            let pairs = words.iter().flat_map(|&source| words.map(|old| (source, old)));
            pairs.map(move |(source, old)| (code, offset, source, old))
        });
        let found = questions.find_map(|(code, offset, source, old)| weaker.wrong(code, offset, source, old));
        println!("narrow {name}: {:.150}", found.as_deref().unwrap_or("nothing depends on it"));
        assert!(found.is_some(), "nothing depends on {name}");
    }
}
