//! `core`, solved: with what the program says, the registers and the word in memory given, there is one result and one next
//! pc, the right ones, and no row where the machine would trap or another table executes.

use std::collections::BTreeSet;

use p3_field::PrimeCharacteristicRing;
use zkvm_circuit::cells::READ_ONLY;
use zkvm_circuit::chips::core::Core;
use zkvm_circuit::chips::program::Flags;
use zkvm_circuit::{Chip, F, Op};

use crate::solver::{OPS, Problem};
use crate::units::{edges, undetermined};
use crate::width::{FOUR, FULL, Width};

/// What the program says, and what is found in the cells.
#[derive(Clone, Copy, Debug)]
struct Case {
    flags: Flags,
    op: u64,
    imm: u64,
    first: u64,
    second: u64,
    old: u64,
}

const PC: u64 = 64;
/// Where a branch goes.
const TARGET: u64 = 96;
const CELLS: [u64; 3] = [40, 41, 42];

/// What a row must say: the third cell's new value, the next pc, the word loaded from, the word stored into.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    new: u64,
    next_pc: u64,
    load: Option<u64>,
    store: Option<u64>,
}

impl Case {
    fn target(&self) -> u64 {
        if self.flags.branch { TARGET } else { PC + 4 }
    }

    fn meaning(&self, width: Width) -> Option<Outcome> {
        let Case { flags, op, imm, first, second, old } = *self;
        let rs2 = match flags.sigma {
            0 => 0,
            1 => second,
            _ => second.wrapping_neg(),
        };
        let sum = first.wrapping_add(imm).wrapping_add(rs2) & width.mask();
        let next = Outcome { new: 0, next_pc: self.target(), load: None, store: None };
        if flags.unit {
            let op = OPS.into_iter().find(|known| *known as u64 == op)?;
            let new = width.meaning(op, first, second | imm);
            let next_pc = if flags.branch && new == 0 { PC + 4 } else { self.target() };
            return Some(Outcome { new, next_pc, ..next });
        }
        if !(flags.load || flags.store || flags.jalr) {
            let new = if flags.word { width.extend(sum, width.half()) } else { sum };
            return Some(Outcome { new, ..next });
        }
        if sum >> width.half() != 0 {
            return None;
        }
        if flags.jalr {
            return (sum & 2 == 0).then_some(Outcome { new: PC + 4, next_pc: sum & !1, ..next });
        }
        let (bytes, offset) = (if flags.narrow { 1 << (op & 3) } else { 8 }, sum & 7);
        let new = if flags.narrow { width.narrow(op, offset, second, old) } else { second };
        let word = Some(sum / 8);
        let here = Outcome { new, load: word.filter(|_| flags.load), store: word.filter(|_| flags.store), ..next };
        (offset % bytes == 0).then_some(here)
    }
}

struct Solver {
    problem: Problem,
    width: Width,
}

impl Solver {
    fn new(width: Width) -> Solver {
        Solver { problem: Problem::new(&Chip::Core(Core), width), width }
    }

    /// What is wrong with the rows of `case`.
    fn wrong(&self, case: &Case) -> Option<String> {
        let Case { flags, op, imm, first, second, old } = *case;
        let mut given = Vec::new();
        let mut put = |name: &str, value| given.push((self.problem.column(name), value));
        put("real", 1);
        put("time", 10);
        for (at, cell) in CELLS.into_iter().enumerate() {
            put(&format!("before[{at}]"), 9);
            put(&format!("cells[{at}]"), cell);
        }
        for (name, word) in [("imm", imm), ("first", first), ("second", second), ("old", old)] {
            for (at, half) in self.width.halves(word).into_iter().enumerate() {
                put(&format!("{name}[{at}]"), half);
            }
        }
        let says = [PC, flags.packed(), op];
        let mut fetched: Vec<_> = self.problem.fetched[0][1..].iter().zip(says).collect();
        fetched.push((&self.problem.fetched[0][9], case.target()));
        let rows = match self.problem.solve(&fetched, &given, &[self.problem.column("sigma")]) {
            Ok(rows) => rows,
            Err(unsolved) => return Some(unsolved),
        };
        let Some(Outcome { new, next_pc, load, store }) = case.meaning(self.width) else {
            return (!rows.is_empty()).then(|| format!("there is a row: {rows:x?}"));
        };
        // Which of the two names of a word that is loaded exists, only memory knows.
        let read_only = (self.width.ring.constant)(F::from_u64(READ_ONLY));
        let load = load.map_or(vec![0], |cell| vec![cell, cell + read_only]);
        let cell = |row: &[Option<u64>], name: &str| row[self.problem.column(name)];
        let expected: BTreeSet<_> = load.iter().map(|&load| Some([load, store.unwrap_or(0)])).collect();
        let cells = rows.iter().map(|row| Some([cell(row, "load_cell")?, cell(row, "store_cell")?]));
        if cells.collect::<BTreeSet<_>>() != expected {
            return Some(format!("not the cells {expected:x?}: {rows:x?}"));
        }
        let halves = self.width.halves(new);
        let said =
            [("new[0]", halves[0]), ("new[1]", halves[1]), ("next_pc", next_pc), ("pc", PC), ("target", case.target())];
        for row in &rows {
            if let Some((name, value)) = said.into_iter().find(|&(name, value)| cell(row, name) != Some(value)) {
                return Some(format!("{name} is not {value:#x}: {row:x?}"));
            }
        }
        let free = undetermined(&self.problem, &rows);
        // Bit 0 of s matters to `jalr` only.
        let may_be = |name: &&str| (*name == "load_cell" && load.len() == 2) || (*name == "odd" && !flags.jalr);
        let free: Vec<_> = free.into_iter().filter(|name| !may_be(name)).collect();
        (!free.is_empty()).then(|| format!("{free:?} may be anything, or one of several"))
    }
}

/// Every kind of instruction, on these words; addresses below the half's end, too.
fn cases(width: Width, first: &[u64], second: &[u64]) -> Vec<Case> {
    let none = Flags::default();
    let mut cases = Vec::new();
    for (&a, &b) in first.iter().flat_map(|a| second.iter().map(move |b| (a, b))) {
        let plain = Case { flags: none, op: 0, imm: 0, first: a, second: 0, old: 0x1234 & width.mask() };
        for (sigma, word) in [(1, false), (1, true), (-1, false), (-1, true)] {
            let flags = Flags { sigma, word, ..none };
            cases.push(Case { flags, second: b, ..plain });
            if sigma == 1 {
                cases.push(Case { flags, imm: b, ..plain });
            }
        }
        cases.push(Case { imm: b, ..plain });
        let address = a & ((1 << width.half()) - 1);
        for first in [a, address] {
            let flags = Flags { jalr: true, ..none };
            cases.push(Case { flags, first, imm: b, ..plain });
            for (load, code) in [true, false].into_iter().flat_map(|load| (0..7).map(move |code| (load, code))) {
                let (load, store) = (load, !load);
                let narrow = code % 4 < 3;
                if code == 3 || (store && code > 3) {
                    continue;
                }
                let flags = Flags { load, store, narrow, ..none };
                cases.push(Case { flags, op: code + if store { 8 } else { 0 }, first, imm: 4, second: b, ..plain });
            }
            for (load, store) in [(true, false), (false, true)] {
                let flags = Flags { load, store, ..none };
                cases.push(Case { flags, first, imm: 8, second: b, ..plain });
            }
        }
    }
    for (at, op) in OPS.into_iter().enumerate() {
        for (&a, &b) in first.iter().flat_map(|a| second.iter().map(move |b| (a, b))).skip(at % 3).step_by(3) {
            let flags = Flags { unit: true, ..none };
            let case = Case { flags, op: op as u64, imm: 0, first: a, second: b, old: a };
            cases.extend([case, Case { imm: b, second: 0, ..case }]);
            if (Op::Lt as u8..=Op::Geu as u8).contains(&(op as u8)) {
                cases.push(Case { flags: Flags { branch: true, ..flags }, ..case });
            }
        }
    }
    cases
}

#[track_caller]
fn check(width: Width, first: &[u64], second: &[u64]) {
    let solver = Solver::new(width);
    for case in cases(width, first, second) {
        assert_eq!(solver.wrong(&case), None, "{case:x?}, limbs of {} bits", width.limb);
    }
}

fn some(width: Width, step: usize) -> Vec<u64> {
    edges(width, 4).into_iter().step_by(step).collect()
}

#[test]
fn core_does_the_right_thing_with_short_words() {
    check(FOUR, &some(FOUR, 2), &some(FOUR, 3));
}

#[test]
fn core_does_the_right_thing_with_words_of_64_bits() {
    check(FULL, &some(FULL, 2), &some(FULL, 4));
}

/// Rules that a used row alone does not need: what makes it one, and that times grow.
const ELSEWHERE: [&str; 6] = ["real", "real unit", "real narrow", "time before[0]", "time before[1]", "time before[2]"];

#[test]
fn every_rule_of_core_is_needed() {
    let solver = Solver::new(FOUR);
    let cases = cases(FOUR, &[0, 1, PC + 4, 0x80, 0xfffc, 0xffff], &[0, 0x3, 0x7e, 0xff, 0x8000]);
    let mut not_needed = Vec::new();
    for rule in 0..solver.problem.rules() {
        let (problem, name) = solver.problem.without(rule);
        let weaker = Solver { problem, width: FOUR };
        let found = cases.iter().find_map(|case| weaker.wrong(case));
        println!("{name}: {:.150}", found.as_deref().unwrap_or("nothing depends on it"));
        if found.is_none() {
            not_needed.push(name);
        }
    }
    let is_elsewhere = |name: &&String| ELSEWHERE.iter().any(|rule| name.ends_with(&format!(" of {rule}")));
    let unexpected: Vec<_> = not_needed.iter().filter(|name| !is_elsewhere(name)).collect();
    assert!(unexpected.is_empty(), "nothing depends on {unexpected:?}");
    assert_eq!(not_needed.len(), ELSEWHERE.len(), "of {ELSEWHERE:?}, only {not_needed:?}");
}
