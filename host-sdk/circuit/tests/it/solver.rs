//! All rows of a table that satisfy its constraints, when some of it is known: by propagation, and where that ends by trying.
//!
//! Of every cell is known an interval. A constraint in one unknown cell leaves its roots; a linear one, or a range check, in several
//! cells leaves an equation of integers if their intervals are so short that it cannot wrap around the field, and that
//! shortens them. Where nothing follows any more, a cell is tried with each value it may have. A cell that nothing left
//! says anything about is free.

use std::collections::BTreeSet;

use p3_air::BaseAir;
use zkvm_circuit::bus::{fact, kind};
use zkvm_circuit::{Chip, Op};

use crate::polynomial::{Cell, Polynomial, Statements};
use crate::width::Width;

/// Most values of a cell that are tried.
const MOST_TRIED: u64 = 300;

/// Most rows that are listed.
const MOST_ROWS: usize = 1000;

/// A polynomial in columns.
#[derive(Clone, Debug)]
pub struct Sum(Vec<(u64, Vec<usize>)>);

impl Sum {
    fn of(polynomial: &Polynomial) -> Sum {
        let column = |&cell: &Cell| match cell {
            Cell::Here(column) => column,
            cell => panic!("the solver knows single rows of what a segment decides, not {cell:?}"),
        };
        let terms =
            polynomial.terms.iter().map(|(cells, &coefficient)| (coefficient, cells.iter().map(column).collect()));
        Sum(terms.collect())
    }

    fn columns(&self) -> impl Iterator<Item = usize> {
        self.0.iter().flat_map(|(_, columns)| columns).copied()
    }
}

/// What a row must satisfy.
#[derive(Clone, Debug)]
enum Rule {
    /// It is 0.
    Zero(Sum),
    /// If `count` is 1: a fact.
    Fact { count: Sum, kind: u64, fields: [Sum; 3] },
    /// If `count` is 1: a unit answers. Fields of the `instr` bus.
    Request { count: Sum, kind: u64, fields: Vec<Sum> },
}

impl Rule {
    fn sums(&self) -> Vec<&Sum> {
        match self {
            Rule::Zero(sum) => vec![sum],
            Rule::Fact { count, fields, .. } => [count].into_iter().chain(fields).collect(),
            Rule::Request { count, fields, .. } => [count].into_iter().chain(fields).collect(),
        }
    }
}

/// A table as the solver sees it.
#[derive(Clone)]
pub struct Problem {
    /// Names of its columns.
    pub columns: Vec<String>,
    /// What its rows vouch for on the `instr` bus: fields, the kind first.
    pub vouched: Vec<Vec<Sum>>,
    /// The instructions it looks up: likewise.
    pub fetched: Vec<Vec<Sum>>,
    width: Width,
    rules: Vec<Rule>,
    /// Rules by column.
    watching: Vec<Vec<usize>>,
}

/// A solution: the cells, but for those that are free.
pub type Row = Vec<Option<u64>>;

/// What is known of a row.
#[derive(Clone)]
struct Known {
    low: Vec<u64>,
    high: Vec<u64>,
}

impl Known {
    fn value(&self, column: usize) -> Option<u64> {
        (self.low[column] == self.high[column]).then(|| self.low[column])
    }
}

/// No row is left.
struct Contradiction;
type Step = Result<(), Contradiction>;

/// What is left of a sum: products of unknown cells with their coefficients, and a constant.
struct Left {
    constant: u64,
    terms: Vec<(u64, Vec<usize>)>,
}

impl Left {
    fn constant(&self) -> Option<u64> {
        self.terms.is_empty().then_some(self.constant)
    }

    fn linear(&self) -> bool {
        self.terms.iter().all(|(_, columns)| columns.len() == 1)
    }

    /// The only unknown cell in it.
    fn only(&self) -> Option<usize> {
        let mut columns = self.terms.iter().flat_map(|(_, columns)| columns);
        let &first = columns.next()?;
        columns.all(|&column| column == first).then_some(first)
    }
}

impl Problem {
    /// `chip` with limbs of this width.
    pub fn new(chip: &Chip, width: Width) -> Problem {
        let Statements { constraints, messages } = Statements::of(chip, &width.ring);
        let mut rules: Vec<Rule> = constraints.iter().map(|it| Rule::Zero(Sum::of(it))).collect();
        let (mut vouched, mut fetched) = (Vec::new(), Vec::new());
        for message in messages {
            let count = Sum::of(&message.count);
            let mut fields: Vec<Sum> = message.fields.iter().map(Sum::of).collect();
            match message.bus.as_str() {
                "range" => {
                    assert_eq!(message.weight, 1, "it asks");
                    let kind = message.fields[0].constant().expect("kinds of facts are constants");
                    let fields = [fields.remove(1), fields.remove(1), fields.remove(1)];
                    rules.push(Rule::Fact { count, kind, fields });
                }
                "instr" if message.weight == 0 => vouched.push(fields),
                "instr" => match message.fields[0].constant().expect("kinds are constants") {
                    kind @ (kind::UNIT | kind::NARROW) => rules.push(Rule::Request { count, kind, fields }),
                    _ => fetched.push(fields),
                },
                // What is found in a cell, and where a row is, are what it is solved for.
                _ => {}
            }
        }
        let mut watching = vec![Vec::new(); chip.width()];
        for (index, rule) in rules.iter().enumerate() {
            for column in rule.sums().into_iter().flat_map(Sum::columns) {
                if watching[column].last() != Some(&index) {
                    watching[column].push(index);
                }
            }
        }
        Problem { columns: chip.columns(), vouched, fetched, width, rules, watching }
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> usize {
        self.columns.iter().position(|column| column == name).unwrap_or_else(|| panic!("there is no column {name}"))
    }

    /// A sum in a solution, if what it needs is not free.
    pub fn value(&self, sum: &Sum, row: &Row) -> Option<u64> {
        let ring = &self.width.ring;
        sum.0.iter().try_fold(0, |total, (coefficient, columns)| {
            let product = columns.iter().try_fold(*coefficient, |product, &it| Some(ring.multiply(product, row[it]?)));
            Some(ring.add(total, product?))
        })
    }

    /// All rows in which `given` have these values. Cells of `first` are tried before others.
    ///
    /// # Errors
    /// Rows cannot be listed: a cell may have too many values to try them, there are too many rows, or a unit is asked about
    /// what is no word, to which it might answer anything.
    pub fn solve(&self, given: &[(&Sum, u64)], cells: &[(usize, u64)], first: &[usize]) -> Result<Vec<Row>, String> {
        let columns = self.columns.len();
        let mut known = Known { low: vec![0; columns], high: vec![self.width.ring.modulus - 1; columns] };
        let mut rows = Vec::new();
        let set =
            cells.iter().try_for_each(|&(column, value)| self.shorten(&mut known, column, [value, value]).map(|_| ()));
        let all: Vec<usize> = (0..self.rules.len()).collect();
        if set.and_then(|()| self.follow(&mut known, all, given)).is_ok() {
            self.search(known, given, first, &mut rows)?;
        }
        Ok(rows)
    }

    /// What it must satisfy: how many rules, constraints first.
    pub fn rules(&self) -> usize {
        self.rules.len()
    }

    /// The same with a rule less, and what that rule is.
    pub fn without(&self, rule: usize) -> (Problem, String) {
        let mut rules = self.rules.clone();
        let names = |sums: Vec<&Sum>| {
            let columns: BTreeSet<usize> = sums.into_iter().flat_map(Sum::columns).collect();
            columns.into_iter().map(|column| &self.columns[column][..]).collect::<Vec<_>>().join(" ")
        };
        let name = match &rules[rule] {
            Rule::Zero(sum) => format!("constraint {rule} of {}", names(vec![sum])),
            Rule::Fact { kind, fields, .. } => format!("fact {kind} of {}", names(fields.iter().collect())),
            Rule::Request { fields, .. } => format!("request {rule} of {}", names(fields.iter().collect())),
        };
        rules[rule] = Rule::Zero(Sum(Vec::new()));
        (Problem { rules, ..self.clone() }, name)
    }

    fn search(&self, known: Known, given: &[(&Sum, u64)], first: &[usize], rows: &mut Vec<Row>) -> Result<(), String> {
        let Some((column, values)) = self.choice(&known, given, first)? else {
            if self.asks_nonsense(&known) {
                return Err("a unit is asked about what is no word".into());
            }
            rows.push((0..self.columns.len()).map(|column| known.value(column)).collect());
            return if rows.len() < MOST_ROWS { Ok(()) } else { Err(format!("there are {MOST_ROWS} rows or more")) };
        };
        for value in values {
            let mut known = known.clone();
            let set = self.shorten(&mut known, column, [value, value]).map(|_| ());
            if set.and_then(|()| self.follow(&mut known, self.watching[column].clone(), given)).is_ok() {
                self.search(known, given, first, rows)?;
            }
        }
        Ok(())
    }

    /// Whether it asks a unit, with everything known, about what is no word.
    fn asks_nonsense(&self, known: &Known) -> bool {
        self.rules.iter().any(|rule| match rule {
            Rule::Request { count, kind, fields } if self.left(count, known).constant() != Some(0) => {
                let asked: Vec<Option<u64>> = fields.iter().map(|field| self.left(field, known).constant()).collect();
                self.answer(*kind, &asked).is_none()
            }
            _ => false,
        })
    }

    /// Whether anything is still said about each column.
    fn open(&self, known: &Known, given: &[(&Sum, u64)]) -> Vec<bool> {
        let mut open = vec![false; self.columns.len()];
        let mut mark = |sum: &Sum| {
            let left = self.left(sum, known);
            left.terms.iter().flat_map(|(_, columns)| columns).for_each(|&column| open[column] = true);
        };
        given.iter().for_each(|(sum, _)| mark(sum));
        for rule in &self.rules {
            let idle = match rule {
                Rule::Zero(_) => false,
                Rule::Fact { count, .. } | Rule::Request { count, .. } => self.left(count, known).constant() == Some(0),
            };
            if !idle {
                rule.sums().into_iter().for_each(&mut mark);
            }
        }
        open
    }

    /// The cell to be tried next, and its values.
    fn choice(
        &self,
        known: &Known,
        given: &[(&Sum, u64)],
        first: &[usize],
    ) -> Result<Option<(usize, Vec<u64>)>, String> {
        let open = self.open(known, given);
        let unknown = |column: &usize| open[*column] && known.value(*column).is_none();
        let mut best: Option<(usize, u64, usize, Option<Vec<u64>>)> = None;
        let mut offer = |count: u64, column: usize, values: Option<Vec<u64>>| {
            let place = first.iter().position(|it| *it == column).unwrap_or(first.len());
            if best.as_ref().is_none_or(|&(before, least, ..)| (place, count) < (before, least)) {
                best = Some((place, count, column, values));
            }
        };
        for column in (0..self.columns.len()).filter(unknown) {
            offer((known.high[column] - known.low[column]).saturating_add(1), column, None);
        }
        for rule in &self.rules {
            if let Rule::Zero(sum) = rule {
                let left = self.left(sum, known);
                if let Some(column) = left.only() {
                    let roots = self.roots(&left, column);
                    offer(roots.len() as u64, column, Some(roots));
                }
            }
        }
        let Some((_, count, column, values)) = best else { return Ok(None) };
        if count > MOST_TRIED {
            return Err(format!("{} may be any of {count}", self.columns[column]));
        }
        let all = || (known.low[column]..=known.high[column]).collect();
        Ok(Some((column, values.unwrap_or_else(all))))
    }

    fn left(&self, sum: &Sum, known: &Known) -> Left {
        let ring = &self.width.ring;
        let mut left = Left { constant: 0, terms: Vec::new() };
        for (coefficient, columns) in &sum.0 {
            let mut factor = *coefficient;
            let mut unknown = Vec::new();
            for &column in columns {
                match known.value(column) {
                    Some(value) => factor = ring.multiply(factor, value),
                    None => unknown.push(column),
                }
            }
            if unknown.is_empty() {
                left.constant = ring.add(left.constant, factor);
            } else if let Some((sum, _)) = left.terms.iter_mut().find(|(_, columns)| *columns == unknown) {
                *sum = ring.add(*sum, factor);
            } else {
                left.terms.push((factor, unknown));
            }
        }
        left.terms.retain(|(coefficient, _)| *coefficient != 0);
        left
    }

    /// Applies rules, and those that watch what they change, until nothing changes.
    #[track_caller]
    fn follow(&self, known: &mut Known, mut rules: Vec<usize>, given: &[(&Sum, u64)]) -> Step {
        loop {
            let mut changed = Vec::new();
            for (sum, value) in given {
                self.equal(known, self.left(sum, known), *value, &mut changed)?;
            }
            while let Some(rule) = rules.pop() {
                let mut by_it = Vec::new();
                self.apply(known, &self.rules[rule], &mut by_it)?;
                for &column in &by_it {
                    for &watching in &self.watching[column] {
                        if !rules.contains(&watching) {
                            rules.push(watching);
                        }
                    }
                }
                changed.extend(by_it);
            }
            if changed.is_empty() {
                return Ok(());
            }
            rules.extend(changed.iter().flat_map(|&column| &self.watching[column]));
            rules.sort_unstable();
            rules.dedup();
        }
    }

    #[track_caller]
    fn apply(&self, known: &mut Known, rule: &Rule, changed: &mut Vec<usize>) -> Step {
        match rule {
            Rule::Zero(sum) => self.equal(known, self.left(sum, known), 0, changed),
            Rule::Fact { count, kind, fields } => {
                if self.left(count, known).constant() != Some(1) {
                    return Ok(());
                }
                let [x, y, z] = fields;
                if matches!(*kind, fact::BYTES | fact::AND) {
                    self.within(known, self.left(x, known), self.width.byte(), changed)?;
                    self.within(known, self.left(y, known), self.width.byte(), changed)?;
                    let bytes = self.left(x, known).constant().zip(self.left(y, known).constant());
                    let Some((x, y)) = bytes else { return Ok(()) };
                    let third = if *kind == fact::AND { x & y } else { 0 };
                    return self.equal(known, self.left(z, known), third, changed);
                }
                let (mut most, rest) = self.width.fact(*kind);
                let mut number = self.left(x, known);
                if let (fact::SIGN, Some(sign)) = (*kind, self.left(y, known).constant()) {
                    most /= 2;
                    let ring = &self.width.ring;
                    number.constant = ring.add(number.constant, ring.negate(ring.multiply(sign, most + 1)));
                }
                self.within(known, number, most, changed)?;
                if let Some(x) = self.left(x, known).constant() {
                    for (field, value) in [y, z].into_iter().zip(rest(&self.width, x)) {
                        self.equal(known, self.left(field, known), value, changed)?;
                    }
                }
                Ok(())
            }
            Rule::Request { count, kind, fields } => {
                if self.left(count, known).constant() != Some(1) {
                    return Ok(());
                }
                let asked: Vec<Option<u64>> = fields.iter().map(|field| self.left(field, known).constant()).collect();
                let Some((at, answer)) = self.answer(*kind, &asked) else { return Ok(()) };
                let Some(answer) = answer else { return Err(Contradiction) };
                for (field, value) in fields[at..].iter().zip(self.width.halves(answer)) {
                    self.equal(known, self.left(field, known), value, changed)?;
                }
                Ok(())
            }
        }
    }

    /// What a unit says to a question, and in which field; `None` as long as the question is not known. There is no answer
    /// to an unknown operation.
    fn answer(&self, kind: u64, asked: &[Option<u64>]) -> Option<(usize, Option<u64>)> {
        let word = |at: usize| self.width.word([asked[at]?, asked[at + 1]?]);
        if kind == kind::UNIT {
            let (op, a, b) = (asked[1]?, word(2)?, word(4)?);
            let op = OPS.into_iter().find(|known| *known as u64 == op);
            return Some((6, op.map(|op| self.width.meaning(op, a, b))));
        }
        let (op, offset, source, old) = (asked[1]?, asked[2]?, word(3)?, word(5)?);
        let exists = NARROW_CODES.contains(&op) && offset < 8 && offset.is_multiple_of(1 << (op & 3));
        Some((7, exists.then(|| self.width.narrow(op, offset, source, old))))
    }

    /// `left` = `value`.
    fn equal(&self, known: &mut Known, mut left: Left, value: u64, changed: &mut Vec<usize>) -> Step {
        let ring = &self.width.ring;
        left.constant = ring.add(left.constant, ring.negate(value));
        if let Some(constant) = left.constant() {
            return if constant == 0 { Ok(()) } else { Err(Contradiction) };
        }
        if let Some(column) = left.only() {
            let mut roots = self.roots(&left, column);
            roots.retain(|root| (known.low[column]..=known.high[column]).contains(root));
            let (Some(&low), Some(&high)) = (roots.iter().min(), roots.iter().max()) else {
                return Err(Contradiction);
            };
            if self.shorten(known, column, [low, high])? {
                changed.push(column);
            }
            return Ok(());
        }
        self.between(known, &left, 0, changed)
    }

    /// `left` is one of 0, 1, … `most`.
    fn within(&self, known: &mut Known, left: Left, most: u64, changed: &mut Vec<usize>) -> Step {
        match left.constant() {
            Some(constant) if constant <= most => Ok(()),
            Some(_) => Err(Contradiction),
            None => self.between(known, &left, most, changed),
        }
    }

    /// A linear sum is one of 0, 1, … `most`: as integers, if only one multiple of the modulus is in reach.
    fn between(&self, known: &mut Known, left: &Left, most: u64, changed: &mut Vec<usize>) -> Step {
        if !left.linear() {
            return Ok(());
        }
        let modulus = i128::from(self.width.ring.modulus);
        let signed = |value: u64| {
            let value = i128::from(value);
            if value > modulus / 2 { value - modulus } else { value }
        };
        let reach = |known: &Known, coefficient: i128, column: usize| {
            let ends = [known.low[column], known.high[column]].map(|end| coefficient.checked_mul(end.into()));
            let [Some(one), Some(other)] = ends else { return None };
            Some([one.min(other), one.max(other)])
        };
        let mut total = [signed(left.constant); 2];
        let mut terms = Vec::with_capacity(left.terms.len());
        for (coefficient, columns) in &left.terms {
            let (coefficient, column) = (signed(*coefficient), columns[0]);
            let Some(reach) = reach(known, coefficient, column) else { return Ok(()) };
            let [Some(least), Some(greatest)] = [0, 1].map(|end: usize| total[end].checked_add(reach[end])) else {
                return Ok(());
            };
            total = [least, greatest];
            terms.push((coefficient, column, reach));
        }
        let most = i128::from(most);
        let Some(least) = total[0].checked_sub(most) else { return Ok(()) };
        let (lowest, highest) = (-(-least).div_euclid(modulus), total[1].div_euclid(modulus));
        if lowest > highest {
            return Err(Contradiction);
        }
        if lowest < highest {
            return Ok(());
        }
        let base = lowest * modulus;
        for (coefficient, column, reach) in terms {
            // coefficient · cell = (something from base to base + most) − all others
            let [from, to] = [base - (total[1] - reach[1]), base + most - (total[0] - reach[0])];
            let [from, to] = if coefficient > 0 { [from, to] } else { [-to, -from] };
            let divisor = coefficient.abs();
            let ends = [-(-from).div_euclid(divisor), to.div_euclid(divisor)];
            let ends = [ends[0].max(0), ends[1].min(known.high[column].into())];
            if ends[0] > ends[1] {
                return Err(Contradiction);
            }
            if self.shorten(known, column, ends.map(|end| end as u64))? {
                changed.push(column);
            }
        }
        Ok(())
    }

    /// Whether the interval became shorter.
    fn shorten(&self, known: &mut Known, column: usize, [low, high]: [u64; 2]) -> Result<bool, Contradiction> {
        let (low, high) = (low.max(known.low[column]), high.min(known.high[column]));
        if low > high {
            return Err(Contradiction);
        }
        let shorter = (low, high) != (known.low[column], known.high[column]);
        (known.low[column], known.high[column]) = (low, high);
        Ok(shorter)
    }

    /// Where a polynomial in one cell is 0.
    fn roots(&self, left: &Left, column: usize) -> Vec<u64> {
        let degree = left.terms.iter().map(|(_, columns)| columns.len()).max().unwrap_or(0);
        let mut coefficients = vec![0; degree + 1];
        coefficients[0] = left.constant;
        for (coefficient, columns) in &left.terms {
            debug_assert!(columns.iter().all(|it| *it == column));
            coefficients[columns.len()] = *coefficient;
        }
        crate::roots::roots(&self.width.ring, coefficients)
    }
}

const NARROW_CODES: [u64; 9] = [0, 1, 2, 4, 5, 6, 8, 9, 10];

/// All operations of units.
pub const OPS: [Op; 28] = [
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
