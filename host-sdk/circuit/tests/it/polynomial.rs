//! A table's constraints and messages as polynomials in its cells, multiplied out: what they say, not how it is written.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use p3_air::symbolic::{AirLayout, BaseEntry, BaseLeaf, SymbolicExpr, SymbolicExpression};
use p3_field::PrimeField64;
use p3_lookup::InteractionSymbolicBuilder;
use zkvm_circuit::{Chip, F};

/// What a polynomial is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// A column of the row.
    Here(usize),
    /// A column of the next row.
    Next(usize),
    /// A column that the program fixes.
    Fixed(usize),
    /// A column that repeats.
    Periodic(usize),
    /// A public value.
    Public(usize),
    /// 1 in the first row, the last row, all but the last: 0, 1, 2.
    Selector(usize),
}

impl Cell {
    fn of(leaf: &BaseLeaf<F>) -> Option<Cell> {
        Some(match leaf {
            BaseLeaf::Variable(variable) => match variable.entry {
                BaseEntry::Main { offset: 0 } => Cell::Here(variable.index),
                BaseEntry::Main { offset: 1 } => Cell::Next(variable.index),
                BaseEntry::Preprocessed { offset: 0 } => Cell::Fixed(variable.index),
                BaseEntry::Periodic => Cell::Periodic(variable.index),
                BaseEntry::Public => Cell::Public(variable.index),
                entry => panic!("no chip looks at {entry:?}"),
            },
            BaseLeaf::IsFirstRow => Cell::Selector(0),
            BaseLeaf::IsLastRow => Cell::Selector(1),
            BaseLeaf::IsTransition => Cell::Selector(2),
            BaseLeaf::Constant(_) => return None,
        })
    }
}

/// A sum of products of cells, each with its coefficient; cells ascend, no coefficient is 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Polynomial {
    /// The products and their coefficients.
    pub terms: BTreeMap<Vec<Cell>, u64>,
}

/// Arithmetic modulo a prime, and what the constants of the constraints are in it.
#[derive(Clone, Copy)]
pub struct Ring {
    /// The prime.
    pub modulus: u64,
    /// What a constant becomes.
    pub constant: fn(F) -> u64,
}

impl Ring {
    /// That of the proof system.
    pub const FULL: Ring = Ring { modulus: F::ORDER_U64, constant: |constant| constant.as_canonical_u64() };

    /// x + y
    pub fn add(&self, x: u64, y: u64) -> u64 {
        let (sum, over) = x.overflowing_add(y);
        if over || sum >= self.modulus { sum.wrapping_sub(self.modulus) } else { sum }
    }

    /// −x
    pub fn negate(&self, x: u64) -> u64 {
        if x == 0 { 0 } else { self.modulus - x }
    }

    /// x · y
    pub fn multiply(&self, x: u64, y: u64) -> u64 {
        if self.modulus >> 32 == 0 {
            return x * y % self.modulus;
        }
        (u128::from(x) * u128::from(y) % u128::from(self.modulus)) as u64
    }

    /// x^exponent
    pub fn power(&self, mut x: u64, mut exponent: u64) -> u64 {
        let mut power = 1;
        while exponent != 0 {
            if exponent & 1 == 1 {
                power = self.multiply(power, x);
            }
            x = self.multiply(x, x);
            exponent >>= 1;
        }
        power
    }

    /// 1 / x, of an x that is not 0.
    pub fn inverse(&self, x: u64) -> u64 {
        self.power(x, self.modulus - 2)
    }

    fn sum(&self, mut x: Polynomial, y: &Polynomial, factor: u64) -> Polynomial {
        for (cells, &coefficient) in &y.terms {
            let sum = x.terms.entry(cells.clone()).or_insert(0);
            *sum = self.add(*sum, self.multiply(coefficient, factor));
        }
        x.terms.retain(|_, coefficient| *coefficient != 0);
        x
    }

    fn product(&self, x: &Polynomial, y: &Polynomial) -> Polynomial {
        let mut product = Polynomial::default();
        for (left, &a) in &x.terms {
            for (right, &b) in &y.terms {
                let mut cells = [left.as_slice(), right].concat();
                cells.sort_unstable();
                let sum = product.terms.entry(cells).or_insert(0);
                *sum = self.add(*sum, self.multiply(a, b));
            }
        }
        product.terms.retain(|_, coefficient| *coefficient != 0);
        product
    }

    /// `expression`, multiplied out.
    pub fn expand(&self, expression: &SymbolicExpression<F>) -> Polynomial {
        self.expand_shared(expression, &mut HashMap::new()).as_ref().clone()
    }

    /// What is shared is multiplied out once; `known` goes by its place in memory.
    fn expand_shared(
        &self,
        expression: &SymbolicExpression<F>,
        known: &mut HashMap<*const SymbolicExpression<F>, Rc<Polynomial>>,
    ) -> Rc<Polynomial> {
        if let Some(polynomial) = known.get(&core::ptr::from_ref(expression)) {
            return polynomial.clone();
        }
        let minus_one = self.modulus - 1;
        let polynomial = Rc::new(match expression {
            SymbolicExpr::Leaf(BaseLeaf::Constant(constant)) => {
                let constant = (Vec::new(), (self.constant)(*constant));
                Polynomial { terms: [constant].into_iter().filter(|(_, constant)| *constant != 0).collect() }
            }
            SymbolicExpr::Leaf(leaf) => {
                Polynomial { terms: Cell::of(leaf).map(|cell| (vec![cell], 1)).into_iter().collect() }
            }
            SymbolicExpr::Add { x, y, .. } => {
                let (x, y) = (self.expand_shared(x, known), self.expand_shared(y, known));
                self.sum(x.as_ref().clone(), &y, 1)
            }
            SymbolicExpr::Sub { x, y, .. } => {
                let (x, y) = (self.expand_shared(x, known), self.expand_shared(y, known));
                self.sum(x.as_ref().clone(), &y, minus_one)
            }
            SymbolicExpr::Neg { x, .. } => {
                let x = self.expand_shared(x, known);
                self.sum(Polynomial::default(), &x, minus_one)
            }
            SymbolicExpr::Mul { x, y, .. } => {
                let (x, y) = (self.expand_shared(x, known), self.expand_shared(y, known));
                self.product(&x, &y)
            }
        });
        known.insert(core::ptr::from_ref(expression), polynomial.clone());
        polynomial
    }
}

impl Polynomial {
    /// Its value if it is a constant.
    pub fn constant(&self) -> Option<u64> {
        match self.terms.iter().next() {
            None => Some(0),
            Some((cells, &constant)) if cells.is_empty() && self.terms.len() == 1 => Some(constant),
            Some(_) => None,
        }
    }

    /// Greatest number of cells multiplied.
    pub fn degree(&self) -> usize {
        self.terms.keys().map(Vec::len).max().unwrap_or(0)
    }
}

/// What a row sends or asks (`count`), or takes or vouches for (`count` negative).
pub struct Message {
    /// Name of the bus.
    pub bus: String,
    /// Its fields.
    pub fields: Vec<Polynomial>,
    /// How often.
    pub count: Polynomial,
    /// What the count is bounded by; 0 if by nothing.
    pub weight: u32,
}

/// What a table's rows must satisfy.
pub struct Statements {
    /// These are 0 in every row.
    pub constraints: Vec<Polynomial>,
    /// Its messages.
    pub messages: Vec<Message>,
}

impl Statements {
    /// Those of `chip`, in the order it states them.
    pub fn of(chip: &Chip, ring: &Ring) -> Statements {
        let builder = InteractionSymbolicBuilder::<F>::from_air(chip, AirLayout::from_air(chip));
        assert!(builder.extension_constraints().is_empty() && builder.local_interactions().is_empty());
        assert!(builder.exclusive_interactions().is_empty());
        let messages = builder.global_interactions().iter().map(|message| Message {
            bus: message.bus_name.clone(),
            fields: message.fields.iter().map(|field| ring.expand(field)).collect(),
            count: ring.expand(&message.count),
            weight: message.count_weight,
        });
        let messages = messages.collect();
        Statements { constraints: builder.base_constraints().iter().map(|it| ring.expand(it)).collect(), messages }
    }
}
