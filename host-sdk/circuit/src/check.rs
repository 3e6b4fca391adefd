//! Whether filled tables satisfy every constraint and whether every bus balances, said row by row: what the proof
//! system enforces, without its cost.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use p3_air::symbolic::AirLayout;
use p3_air::{Air, BaseAir, DebugConstraintBuilder};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use p3_lookup::traits::LookupTraceBuilder;
use p3_lookup::{InteractionSymbolicBuilder, SymbolicInteraction};
use p3_matrix::Matrix;
use p3_matrix::dense::{RowMajorMatrix, RowMajorMatrixView};
use p3_matrix::stack::VerticalPair;

use crate::chip::Chip;
use crate::field::F;

/// A chip with its rows.
#[derive(Clone, Debug)]
pub struct Filled {
    /// The chip.
    pub chip: Chip,
    /// Its rows.
    pub rows: RowMajorMatrix<F>,
    /// Its public values.
    pub public: Vec<F>,
}

impl Filled {
    /// `chip` with `rows` and no public values.
    pub fn new(chip: Chip, rows: RowMajorMatrix<F>) -> Filled {
        Filled { chip, rows, public: Vec::new() }
    }
}

/// What is wrong with filled tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A constraint does not hold.
    Constraint {
        /// Name of the chip.
        chip: &'static str,
        /// The row.
        row: usize,
        /// Which constraint, in the order `eval` states them.
        index: usize,
    },
    /// A message is not sent as often as it is received.
    Unbalanced(Message),
}

/// A message and how often more it was sent than received.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    /// Name of the bus.
    pub bus: String,
    /// Its fields.
    pub fields: Vec<u64>,
    /// Times sent less times received, as an element of the field.
    pub excess: u64,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Violation::Constraint { chip, row, index } => write!(f, "{chip}, row {row}: constraint {index} fails"),
            Violation::Unbalanced(Message { bus, fields, excess }) => {
                write!(f, "bus {bus}: message {fields:x?} is out of balance by {}", signed(*excess))
            }
        }
    }
}

fn signed(excess: u64) -> i128 {
    let excess = i128::from(excess);
    let order = i128::from(F::ORDER_U64);
    if excess > order / 2 { excess - order } else { excess }
}

/// Every violated constraint and unbalanced message of `tables`.
pub fn violations(tables: &[Filled]) -> Vec<Violation> {
    let constraints = tables.iter().flat_map(violated_constraints);
    constraints.chain(unbalanced(tables).into_iter().map(Violation::Unbalanced)).collect()
}

/// The rows around `row`, as Plonky3's builders want them.
fn window<'m>(
    matrix: Option<&'m RowMajorMatrix<F>>,
    row: usize,
) -> VerticalPair<RowMajorMatrixView<'m, F>, RowMajorMatrixView<'m, F>> {
    let Some(matrix) = matrix else {
        return VerticalPair::new(RowMajorMatrixView::new(&[], 0), RowMajorMatrixView::new(&[], 0));
    };
    let slice = |row: usize| {
        let at = row % matrix.height() * matrix.width;
        RowMajorMatrixView::new_row(&matrix.values[at..at + matrix.width])
    };
    VerticalPair::new(slice(row), slice(row + 1))
}

/// Looks at single rows of one chip's tables: what a changed cell breaks is seen without going through all others.
pub struct RowCheck {
    interactions: Vec<SymbolicInteraction<F>>,
    preprocessed: Option<Arc<RowMajorMatrix<F>>>,
    periodic: Vec<Vec<F>>,
}

impl RowCheck {
    /// For tables of `chip`.
    pub fn new(chip: &Chip) -> RowCheck {
        RowCheck::with(chip, interactions(chip))
    }

    fn with(chip: &Chip, interactions: Vec<SymbolicInteraction<F>>) -> RowCheck {
        RowCheck { interactions, preprocessed: chip.preprocessed(), periodic: chip.periodic_columns().into_owned() }
    }

    /// The constraints that do not hold in `row` of `table`, in the order `eval` states them.
    pub fn violated(&self, table: &Filled, row: usize) -> Vec<usize> {
        let height = table.rows.height();
        let periodic_row: Vec<F> = self.periodic.iter().map(|column| column[row % column.len()]).collect();
        let mut builder = DebugConstraintBuilder::<F>::new(
            row,
            window(Some(&table.rows), row),
            window(self.preprocessed.as_deref(), row),
            &table.public,
            F::from_bool(row == 0),
            F::from_bool(row + 1 == height),
            F::from_bool(row + 1 < height),
            &periodic_row,
        );
        table.chip.eval(&mut builder);
        builder.failures().iter().map(|failure| failure.constraint).collect()
    }

    /// Hands the messages of `row` of `table` to `each`: bus, fields, count. Messages of count 0 are none.
    pub fn messages(&self, table: &Filled, row: usize, mut each: impl FnMut(&str, Vec<F>, F)) {
        let builder = LookupTraceBuilder::<F, F>::new(
            window(Some(&table.rows), row),
            window(self.preprocessed.as_deref(), row),
            &table.public,
            &[],
            table.rows.height(),
            row,
        );
        for interaction in &self.interactions {
            let count = interaction.count.resolve(&builder);
            if count != F::ZERO {
                let fields = interaction.fields.iter().map(|field| field.resolve(&builder)).collect();
                each(&interaction.bus_name, fields, count);
            }
        }
    }
}

/// The violated constraints of one table.
pub fn violated_constraints(table: &Filled) -> Vec<Violation> {
    let (check, chip) = (RowCheck::with(&table.chip, Vec::new()), table.chip.id().name());
    let all = (0..table.rows.height()).flat_map(|row| {
        check.violated(table, row).into_iter().map(move |index| Violation::Constraint { chip, row, index })
    });
    all.collect()
}

/// The messages that `tables` together send more or less often than they receive them, in order.
pub fn unbalanced(tables: &[Filled]) -> Vec<Message> {
    let mut sums: HashMap<String, HashMap<Vec<F>, F>> = HashMap::new();
    for table in tables {
        let check = RowCheck::new(&table.chip);
        for row in 0..table.rows.height() {
            check.messages(table, row, |bus, fields, count| {
                if !sums.contains_key(bus) {
                    sums.insert(bus.to_owned(), HashMap::new());
                }
                if let Some(sums) = sums.get_mut(bus) {
                    *sums.entry(fields).or_insert(F::ZERO) += count;
                }
            });
        }
    }
    let mut messages: Vec<Message> = Vec::new();
    for (bus, sums) in sums {
        messages.extend(sums.into_iter().filter(|(_, sum)| *sum != F::ZERO).map(|(fields, sum)| Message {
            bus: bus.clone(),
            fields: fields.iter().map(F::as_canonical_u64).collect(),
            excess: sum.as_canonical_u64(),
        }));
    }
    messages.sort();
    messages
}

/// The messages of a chip, as expressions over its columns.
pub fn interactions(chip: &Chip) -> Vec<SymbolicInteraction<F>> {
    let builder = InteractionSymbolicBuilder::<F>::from_air(chip, AirLayout::from_air(chip));
    builder.global_interactions().to_vec()
}
