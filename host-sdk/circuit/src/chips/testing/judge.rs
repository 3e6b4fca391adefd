//! Whether a row is honest, a lie that the circuit refuses, or a lie that it believes.

use std::collections::BTreeMap;

use p3_field::{PrimeCharacteristicRing, PrimeField64};
use p3_matrix::dense::RowMajorMatrix;

use super::{Random, is_answered, is_fact};
use crate::bus::{INSTR_FIELDS, kind};
use crate::check::{Filled, unbalanced, violated_constraints};
use crate::chip::Chip;
use crate::field::F;

/// What a row is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It breaks a constraint, asks for something false, or takes something that is not there: why.
    Refused(String),
    /// Nothing is wrong with it, and yet it leaves something that it should not: what.
    Believed(String),
    /// What it leaves is as it should be.
    Honest,
}

/// A cell before and after: time and value.
#[derive(Clone, Copy, Debug)]
struct Cell {
    found: (u64, u64),
    left: (u64, u64),
}

/// What a row of a table finds and what it should make of it. What it finds is given: the state it takes over, the program,
/// every cell there is. What it leaves is its own, and nobody else would object to it: so only the row's constraints and
/// what it asks of facts and units can refuse a lie.
#[derive(Clone, Debug)]
pub struct Judge {
    chip: Chip,
    states: Option<[Vec<u64>; 2]>,
    row: Option<Vec<u64>>,
    provided: Option<Vec<u64>>,
    cells: BTreeMap<u64, Cell>,
    accesses: usize,
}

impl Judge {
    /// Of a row of `chip` that says nothing.
    pub fn new(chip: Chip) -> Judge {
        Judge { chip, states: None, row: None, provided: None, cells: BTreeMap::new(), accesses: 0 }
    }

    /// It takes over at a time and pc and hands on at another.
    pub fn executes(&mut self, here: [u64; 2], next: [u64; 2]) {
        self.states = Some([here, next].map(Vec::from));
    }

    /// It looks this row of the program up.
    pub fn fetches(&mut self, fields: [u64; INSTR_FIELDS]) {
        self.row = Some(fields.to_vec());
    }

    /// It vouches for this. It may vouch for anything else that is true.
    pub fn provides(&mut self, fields: [u64; INSTR_FIELDS]) {
        self.provided = Some(fields.to_vec());
    }

    /// It finds `old` in `cell`, left there at `before`, and leaves `new` at `now`. Accesses are told in their order.
    pub fn accesses(&mut self, cell: u64, [before, now]: [u64; 2], [old, new]: [u64; 2]) {
        let found = self.cells.get(&cell).map_or((before, old), |it| it.found);
        self.cells.insert(cell, Cell { found, left: (now, new) });
        self.accesses += 1;
    }

    /// There is a cell that it has no business with.
    pub fn leaves_alone(&mut self, cell: u64, before: u64, value: u64) {
        self.cells.insert(cell, Cell { found: (before, value), left: (before, value) });
    }

    fn table(&self, row: &[F]) -> Filled {
        Filled::new(self.chip.clone(), RowMajorMatrix::new(row.to_vec(), row.len()))
    }

    /// What `row` is worth.
    pub fn verdict(&self, row: &[F]) -> Verdict {
        let table = self.table(row);
        if let Some(violation) = violated_constraints(&table).first() {
            return Verdict::Refused(violation.to_string());
        }
        let mut said = Said::default();
        let (facts, others): (Vec<_>, Vec<_>) = unbalanced(&[table]).into_iter().partition(|it| it.bus == "range");
        for message in facts.into_iter().chain(others) {
            let count = if message.excess <= 64 {
                i128::from(message.excess)
            } else {
                i128::from(message.excess) - i128::from(F::ORDER_U64)
            };
            if !said.hear(self, &message.bus, message.fields.clone(), count) {
                return Verdict::Refused(format!("{} {:x?} × {count}", message.bus, message.fields));
            }
        }
        if !said.anything && (self.states.is_some() || self.accesses > 0) {
            return Verdict::Refused("it says nothing, and nobody else goes on from here".to_owned());
        }
        said.lie(self).map_or(Verdict::Honest, Verdict::Believed)
    }

    /// `row` is as expected.
    #[track_caller]
    pub fn accept(&self, row: &[F]) {
        let name = self.chip.id().name();
        assert_eq!(self.verdict(row), Verdict::Honest, "{name}: {row:?}");
        let messages = unbalanced(&[self.table(row)]).into_iter();
        let messages = messages.filter(|it| it.bus == "memory" || self.provided.as_ref() == Some(&it.fields));
        // Accesses of one cell join: what the first leaves the second finds.
        let cells = self.cells.values().filter(|it| it.found != it.left).count();
        assert_eq!(messages.count(), 2 * cells + usize::from(self.provided.is_some()), "{name}: accesses of {row:?}");
    }

    /// `row` is a lie, and refused.
    #[track_caller]
    pub fn refuse(&self, row: &[F]) {
        let verdict = self.verdict(row);
        assert!(matches!(verdict, Verdict::Refused(_)), "{}: {verdict:?} of {row:?}", self.chip.id().name());
    }

    /// No cell of `row` can be changed. Those in the columns `meaningless` can, but it makes no difference.
    #[track_caller]
    pub fn refuse_changes(&self, row: &[F], meaningless: &[&str]) {
        self.accept(row);
        let random = F::from_u64(Random(row.len() as u64).next() >> 1);
        for (column, name) in self.chip.columns().iter().enumerate() {
            let value = row[column];
            let field = name.split('[').next().unwrap_or(name);
            let meaningless = meaningless.contains(&name.as_str()) || meaningless.contains(&field);
            let values = [value + F::ONE, value - F::ONE, random, F::ZERO, F::NEG_ONE];
            for changed in values.into_iter().filter(|it| *it != value) {
                let mut row = row.to_vec();
                row[column] = changed;
                let verdict = self.verdict(&row);
                let good = matches!(verdict, Verdict::Refused(_)) || meaningless && verdict == Verdict::Honest;
                assert!(good, "{name}: {changed} for {value}: {verdict:?} of {row:?}");
            }
        }
    }

    /// Mixtures of `row` and the honest `other` row are refused, or honest after all.
    #[track_caller]
    pub fn refuse_mixtures(&self, row: &[F], other: &[F], random: &mut Random) {
        let mask = random.next() & random.next();
        let mixed: Vec<F> =
            (0..).zip(row.iter().zip(other)).map(|(at, (a, b))| [*a, *b][(mask >> at & 1) as usize]).collect();
        let verdict = self.verdict(&mixed);
        assert!(!matches!(verdict, Verdict::Believed(_)), "{verdict:?} of {mixed:?} for {row:?}");
    }
}

/// What a row says.
#[derive(Default)]
struct Said {
    anything: bool,
    fetched: bool,
    here: bool,
    next: Vec<Vec<u64>>,
    found: BTreeMap<u64, usize>,
    left: BTreeMap<u64, Vec<(u64, u64)>>,
    false_claims: Vec<Vec<u64>>,
}

impl Said {
    /// Takes a message down. False if it cannot be: somebody else would have to send or receive it, and nobody does.
    fn hear(&mut self, judge: &Judge, bus: &str, fields: Vec<u64>, count: i128) -> bool {
        if bus == "range" {
            return count > 0 && is_fact(&fields);
        }
        self.anything = true;
        match (bus, count) {
            ("instr", 1..) if [kind::UNIT, kind::NARROW].contains(&fields[0]) => is_answered(&fields),
            ("instr", 1) => {
                self.fetched = true;
                judge.row.as_ref() == Some(&fields)
            }
            ("instr", ..=-1) => {
                self.false_claims.extend((!is_answered(&fields)).then_some(fields));
                true
            }
            ("state", -1) => {
                self.here = true;
                judge.states.as_ref().is_some_and(|[here, _]| *here == fields)
            }
            ("state", 1) => {
                self.next.push(fields);
                true
            }
            ("memory", 1) => {
                self.left.entry(fields[0]).or_default().push((fields[1], value(&fields)));
                true
            }
            ("memory", -1) => {
                *self.found.entry(fields[0]).or_default() += 1;
                judge.cells.get(&fields[0]).is_some_and(|cell| cell.found == (fields[1], value(&fields)))
            }
            _ => false,
        }
    }

    /// What is not as it should be.
    fn lie(&self, judge: &Judge) -> Option<String> {
        if let Some(fields) = self.false_claims.first() {
            return Some(format!("claims {fields:x?}"));
        }
        let states = judge.states.as_ref();
        let executes = usize::from(states.is_some());
        if (self.fetched, self.here) != (judge.row.is_some(), states.is_some()) || self.next.len() != executes {
            return Some("executes without the program or the state".to_owned());
        }
        if states.is_some_and(|[_, next]| self.next[0] != *next) {
            return Some(format!("goes on at {:x?}", self.next));
        }
        let cells = self.found.keys().chain(self.left.keys()).chain(judge.cells.keys());
        cells.copied().find_map(|cell| {
            let left = self.left.get(&cell).map_or(&[][..], Vec::as_slice);
            let expected = judge.cells.get(&cell)?;
            let accessed = expected.left != expected.found;
            let right = match left {
                [] => !self.found.contains_key(&cell) && expected.left.1 == expected.found.1,
                [last] if accessed => self.found.contains_key(&cell) && *last == expected.left,
                [last] => self.found.contains_key(&cell) && last.1 == expected.left.1,
                _ => false,
            };
            (!right).then(|| format!("leaves {left:x?} in {cell:x}"))
        })
    }
}

fn value(fields: &[u64]) -> u64 {
    if fields[2] >> 32 == 0 && fields[3] >> 32 == 0 { fields[2] | fields[3] << 32 } else { u64::MAX - 12_345 }
}
