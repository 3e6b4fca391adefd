//! What every table states, as a text in `constraints.txt`: columns, constraints and messages, hashed as polynomials. The
//! text begins with the version of the circuit, which is part of every key. So a circuit that has changed cannot keep
//! its version, and a key stands for its constraints.
//!
//! `UPDATE_CONSTRAINTS=1` writes the file anew, but not with the version it has.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use p3_air::BaseAir;
use p3_field::PrimeField64;
use zkvm_circuit::chips::MAX_LOG_HEIGHT;
use zkvm_circuit::{Chip, Machine, PROOF_VERSION};

use crate::polynomial::{Cell, Polynomial, Ring, Statements};

const HASH_CHARACTERS: usize = 32;

/// Numbers, hashed. Everything of variable length is preceded by its length.
struct Hasher(blake3::Hasher);

impl Hasher {
    fn new() -> Hasher {
        Hasher(blake3::Hasher::new_derive_key("zkvm 2026-11 constraints"))
    }

    fn number(&mut self, number: u64) {
        self.0.update(&number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.update(text.as_bytes());
    }

    fn polynomial(&mut self, polynomial: &Polynomial) {
        self.number(polynomial.terms.len() as u64);
        for (cells, &coefficient) in &polynomial.terms {
            self.number(coefficient);
            self.number(cells.len() as u64);
            for &cell in cells {
                let (kind, index) = match cell {
                    Cell::Here(index) => (0, index),
                    Cell::Next(index) => (1, index),
                    Cell::Fixed(index) => (2, index),
                    Cell::Periodic(index) => (3, index),
                    Cell::Public(index) => (4, index),
                    Cell::Selector(index) => (5, index),
                };
                self.number(kind);
                self.number(index as u64);
            }
        }
    }

    fn finish(&self) -> String {
        self.0.finalize().to_hex()[..HASH_CHARACTERS].to_owned()
    }
}

/// Columns by name, those that constraints see of the next row, and what everyone knows: repeating columns, facts of `lookup`.
fn columns(chip: &Chip) -> String {
    let mut hasher = Hasher::new();
    for column in chip.columns() {
        hasher.text(&column);
    }
    for numbers in [chip.main_next_row_columns(), vec![chip.num_public_values()], vec![chip.preprocessed_width()]] {
        hasher.number(numbers.len() as u64);
        numbers.into_iter().for_each(|number| hasher.number(number as u64));
    }
    let known = chip.preprocessed().map(|matrix| matrix.values.clone());
    for column in chip.periodic_columns().iter().chain(known.as_ref()) {
        hasher.number(column.len() as u64);
        column.iter().for_each(|value| hasher.number(value.as_canonical_u64()));
    }
    hasher.finish()
}

fn constraints(statements: &Statements) -> String {
    let mut hasher = Hasher::new();
    statements.constraints.iter().for_each(|constraint| hasher.polynomial(constraint));
    hasher.finish()
}

fn messages(statements: &Statements) -> String {
    let mut hasher = Hasher::new();
    for message in &statements.messages {
        hasher.text(&message.bus);
        hasher.number(message.weight.into());
        hasher.polynomial(&message.count);
        hasher.number(message.fields.len() as u64);
        message.fields.iter().for_each(|field| hasher.polynomial(field));
    }
    hasher.finish()
}

/// How messages are folded into columns: what Plonky3's own constraints follow from.
fn folding(machine: &Machine, chip: &Chip) -> String {
    let mut hasher = Hasher::new();
    let lookups = machine.lookups(chip.id()).expect("the machine has the chip");
    for lookup in lookups.iter() {
        assert!(lookup.flags.is_none(), "no chip says which of its messages exclude each other");
        hasher.number(lookup.column as u64);
        hasher.number(lookup.count_weight.into());
        hasher.number(lookup.elements.len() as u64);
        for (fields, count) in lookup.elements.iter().zip(&lookup.multiplicities) {
            hasher.polynomial(&Ring::FULL.expand(count));
            hasher.number(fields.len() as u64);
            fields.iter().for_each(|field| hasher.polynomial(&Ring::FULL.expand(field)));
        }
    }
    hasher.finish()
}

fn text() -> String {
    let machine = Machine::for_verifier(MAX_LOG_HEIGHT);
    let mut text = format!("version {PROOF_VERSION}\n");
    for chip in machine.chips() {
        let statements = Statements::of(chip, &Ring::FULL);
        let degree = statements.constraints.iter().map(Polynomial::degree).max().unwrap_or(0);
        let mut buses: BTreeMap<&str, usize> = BTreeMap::new();
        for message in &statements.messages {
            *buses.entry(&message.bus).or_default() += 1;
        }
        let buses: Vec<String> = buses.into_iter().map(|(bus, messages)| format!("{bus} {messages}")).collect();
        let lines = [
            format!("{} {}", chip.id() as u8, chip.id().name()),
            format!("  columns     {} {}", columns(chip), chip.width()),
            format!("  constraints {} {}, degree {degree}", constraints(&statements), statements.constraints.len()),
            format!("  messages    {} {}", messages(&statements), buses.join(", ")),
            format!("  folding     {}", folding(&machine, chip)),
        ];
        write!(text, "\n{}\n", lines.join("\n")).expect("text in memory");
    }
    text
}

/// Whether `new` may be written over `old`: not if it says something else of the same version.
fn may_replace(old: &str, new: &str) -> bool {
    old == new || old.lines().next() != new.lines().next()
}

#[test]
fn the_constraints_are_those_of_the_version() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/constraints.txt");
    let text = text();
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    if std::env::var_os("UPDATE_CONSTRAINTS").is_some() {
        let why = "the circuit changed, its version did not: raise PROOF_VERSION, then write the file anew";
        assert!(may_replace(&written, &text), "{why}");
        std::fs::write(&path, &text).expect("the file can be written");
        return;
    }
    let changed: Vec<&str> = text.lines().filter(|line| !written.lines().any(|other| other == *line)).collect();
    let what = "the circuit changed: raise PROOF_VERSION and bless it by UPDATE_CONSTRAINTS=1";
    assert!(text == written, "{what}. New in constraints.txt:\n{}", changed.join("\n"));
}

#[test]
fn a_changed_circuit_is_not_written_over_its_own_version() {
    let old = "version 1\n\ncore\n";
    assert!(may_replace(old, old));
    assert!(may_replace("", old));
    assert!(may_replace(old, "version 2\n\nother\n"));
    assert!(!may_replace(old, "version 1\n\nother\n"));
}

#[test]
fn what_is_hashed_is_the_meaning() {
    use p3_air::symbolic::{BaseEntry, SymbolicExpression, SymbolicVariable};
    use p3_field::PrimeCharacteristicRing;
    use zkvm_circuit::F;

    let cell =
        |offset, index| SymbolicExpression::<F>::from(SymbolicVariable::<F>::new(BaseEntry::Main { offset }, index));
    let hash = |expression: SymbolicExpression<F>| {
        let mut hasher = Hasher::new();
        hasher.polynomial(&Ring::FULL.expand(&expression));
        hasher.finish()
    };
    let [x, y] = [cell(0, 0), cell(0, 1)];
    let seven = || SymbolicExpression::from(F::from_u64(7));
    let written = hash(x.clone() * (y.clone() + seven()) - y.clone());
    assert_eq!(written, hash(-y.clone() + seven() * x.clone() + y.clone() * x.clone()));
    let others = [
        x.clone() * (y.clone() + seven()) + y.clone(),
        x.clone() * (y.clone() + seven()),
        y.clone() * (x.clone() + seven()) - x.clone(),
        x.clone() * (cell(1, 1) + seven()) - y.clone(),
        x.clone() * (y.clone() + seven() + seven()) - y.clone(),
        x.clone() * x * (y.clone() + seven()) - y,
    ];
    for other in others {
        assert_ne!(hash(other.clone()), written, "{other:?}");
    }
}
