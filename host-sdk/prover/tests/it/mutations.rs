//! Every column of every table, on used and on padding rows, is changed cell by cell. Each change must break a constraint or
//! the balance of a bus, or stand on the list of cells that mean nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use p3_field::{PrimeCharacteristicRing, PrimeField64};
use p3_matrix::Matrix;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use zkvm_circuit::check::{Filled, RowCheck};
use zkvm_circuit::{Chip, F};

use crate::isa;

/// Rows of a table that are changed, at most.
const ROWS: usize = 120;

/// Cells that mean nothing: table, column (of an array: its name), on which rows, and why.
struct Nothing {
    table: &'static str,
    columns: &'static [&'static str],
    rows: fn(&Row<'_>) -> bool,
    because: &'static str,
}

/// A row by the names of its columns.
struct Row<'r> {
    names: &'r [String],
    cells: &'r [F],
    /// The row that it has swapped a cell with, if that is the change.
    other: Option<&'r [F]>,
    number: usize,
}

impl Row<'_> {
    fn is(&self, name: &str) -> bool {
        self.cells[self.names.iter().position(|it| it == name).expect("a column")] != F::ZERO
    }

    /// Whether the other row is the same but for these columns.
    fn is_like_other(&self, but: &[&str]) -> bool {
        let Some(other) = self.other else { return false };
        let cells = self.names.iter().zip(self.cells.iter().zip(other));
        cells.filter(|(name, _)| !but.contains(&base(name))).all(|(_, (cell, other))| cell == other)
    }

    fn any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.is(name))
    }
}

/// The name of a column or of the array it belongs to.
fn base(name: &str) -> &str {
    name.split('[').next().unwrap_or_default()
}

include!("mutations/allowed.rs");

/// Rows to change: the first, the last used and the last one, and others between them.
fn chosen(height: usize, used: usize) -> BTreeSet<usize> {
    let inside = (0..ROWS - 6).map(|at| at * used.max(1) / (ROWS - 6));
    let ends = [0, used.saturating_sub(1), used, (used + height) / 2, height - 2, height - 1];
    inside.chain(ends).filter(|&row| row < height).collect()
}

/// One past the last row that differs from the last row of the table (or, of `poseidon2`, from its last four).
fn used(table: &Filled) -> usize {
    let (height, period) = (table.rows.height(), if matches!(table.chip, Chip::Poseidon2(_)) { 4 } else { 1 });
    let cells = |row: usize| &table.rows.values[row * table.rows.width..][..table.rows.width];
    let padding = |row: usize| cells(row) == cells(height - period + row % period);
    (0..height).rev().find(|&row| !padding(row)).map_or(0, |row| row + 1)
}

/// What a row and its neighbours say: broken constraints, and messages with how often each is sent.
fn state(check: &RowCheck, table: &Filled, row: usize) -> (bool, HashMap<(String, Vec<F>), F>) {
    let height = table.rows.height();
    let mut messages: HashMap<(String, Vec<F>), F> = HashMap::new();
    let mut broken = false;
    for row in [(row + height - 1) % height, row, (row + 1) % height] {
        broken |= !check.violated(table, row).is_empty();
        check.messages(table, row, |bus, fields, count| {
            *messages.entry((bus.to_owned(), fields)).or_insert(F::ZERO) += count;
        });
    }
    messages.retain(|_, count| *count != F::ZERO);
    (broken, messages)
}

/// New contents of a cell and of the one below it, or `None` if nothing changes.
fn change(kind: usize, rng: &mut SmallRng, cell: F, below: F) -> Option<[F; 2]> {
    let new = match kind {
        0 => [cell + F::ONE, below],
        1 => [F::from_u64(rng.random_range(0..F::ORDER_U64)), below],
        2 => [F::ZERO, below],
        3 => [F::NEG_ONE, below],
        4 => [below, cell],
        _ => [F::ONE - cell, below],
    };
    (new != [cell, below]).then_some(new)
}

const KINDS: usize = 6;

#[derive(Default)]
struct Tally {
    mutated: usize,
    rejected: usize,
    allowed: usize,
    uses: BTreeSet<usize>,
    accepted: BTreeMap<String, Vec<usize>>,
}

fn mutate(table: &mut Filled, rng: &mut SmallRng, tally: &mut Tally) {
    let check = RowCheck::new(&table.chip);
    let (names, name) = (table.chip.columns(), table.chip.id().name());
    let (height, width) = (table.rows.height(), table.rows.width);
    for row in chosen(height, used(table)) {
        let before = state(&check, table, row);
        assert!(!before.0, "{name}, row {row}: true before");
        for column in 0..width {
            let (here, below) = (row * width + column, (row + 1) % height * width + column);
            let old = [table.rows.values[here], table.rows.values[below]];
            for kind in 0..KINDS {
                let Some(new) = change(kind, rng, old[0], old[1]) else { continue };
                [table.rows.values[here], table.rows.values[below]] = new;
                let after = state(&check, table, row);
                [table.rows.values[here], table.rows.values[below]] = old;
                tally.mutated += 1;
                if after.0 || after.1 != before.1 {
                    tally.rejected += 1;
                    continue;
                }
                // A swap changes the row below, too.
                let cells = |number: usize| &table.rows.values[number * width..][..width];
                let find = |number: usize, other: usize| {
                    let other = (kind == 4).then(|| cells(other));
                    let line = Row { names: &names, cells: cells(number), other, number };
                    let named = |it: &&str| *it == names[column] || *it == base(&names[column]);
                    ALLOWED.iter().position(|it| it.table == name && it.columns.iter().any(named) && (it.rows)(&line))
                };
                let next = (row + 1) % height;
                let of_here = if new[0] == old[0] { Some(usize::MAX) } else { find(row, next) };
                let of_below = if new[1] == old[1] { Some(usize::MAX) } else { find(next, row) };
                match (of_here, of_below) {
                    (Some(here), Some(below)) => {
                        tally.allowed += 1;
                        tally.uses.extend([here, below]);
                    }
                    _ => tally.accepted.entry(format!("{name}.{}", names[column])).or_default().push(row),
                }
            }
        }
    }
}

#[test]
fn every_changed_cell_is_rejected_or_known_to_mean_nothing() {
    let guest = isa::mixture();
    let run = guest.run(usize::MAX);
    let mut tables = guest.tables(&run);
    // Bridges need a longer run; the other tables of that one are not of interest.
    let far = isa::far_apart();
    let bridges = far.tables(&far.run(usize::MAX)).into_iter().filter(|table| matches!(table.chip, Chip::Touch(_)));
    tables.extend(bridges);
    assert_eq!(tables.len(), zkvm_circuit::ChipId::ALL.len(), "every chip has rows");
    let mut rng = SmallRng::seed_from_u64(1);
    let mut total = Tally::default();
    for table in &mut tables {
        let mut tally = Tally::default();
        mutate(table, &mut rng, &mut tally);
        let name = table.chip.id().name();
        println!("{name:10} {:6} mutated {:6} rejected {:5} allowed", tally.mutated, tally.rejected, tally.allowed);
        total.mutated += tally.mutated;
        total.rejected += tally.rejected;
        total.allowed += tally.allowed;
        total.uses.extend(tally.uses);
        total.accepted.extend(tally.accepted);
    }
    println!("{} mutated, {} rejected, {} allowed", total.mutated, total.rejected, total.allowed);
    for (column, rows) in &total.accepted {
        println!("accepted: {column} in rows {rows:?}");
    }
    assert!(total.accepted.is_empty(), "changes that nothing notices");
    for (index, Nothing { table, columns, because, .. }) in ALLOWED.iter().enumerate() {
        assert!(total.uses.contains(&index), "{table}: {columns:?} are on the list ({because}), but never accepted");
    }
}

#[test]
fn every_public_value_is_bound() {
    let guest = isa::mixture();
    let tables = guest.tables(&guest.run(usize::MAX));
    for mut table in tables.into_iter().filter(|table| !table.public.is_empty()) {
        let check = RowCheck::new(&table.chip);
        let before = state(&check, &table, 0);
        for index in 0..table.public.len() {
            table.public[index] += F::ONE;
            let after = state(&check, &table, 0);
            table.public[index] -= F::ONE;
            assert!(after.0 || after.1 != before.1, "public value {index}");
        }
    }
}
