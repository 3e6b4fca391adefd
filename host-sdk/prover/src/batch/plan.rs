//! What of a table's proof does not depend on its rows: which message goes into which column of fractions, which fields of a
//! message are constants, and the order of the constraints.

use p3_air::BaseAir;
use p3_air::symbolic::{AirLayout, BaseLeaf, ConstraintLayout, SymbolicExpr};
use p3_batch_stark::symbolic::get_constraint_layout;
use p3_field::PrimeCharacteristicRing;
use p3_lookup::logup::LogUpGadget;
use p3_lookup::{Kind, Lookup, Lookups};
use zkvm_circuit::{Chip, EF, F};

use super::row::EP;

/// The plan of one chip.
pub(super) struct TablePlan {
    /// Order of base and extension constraints.
    pub(super) constraints: ConstraintLayout,
    /// The messages, in the order in which the chip states them.
    messages: Vec<Message>,
    /// Messages of each column of fractions.
    pub(super) columns: Vec<Vec<usize>>,
    /// Columns whose next row the chip uses.
    pub(super) next_columns: Vec<usize>,
}

struct Message {
    column: usize,
    /// The fields: the constant ones with their value.
    fields: Vec<Option<F>>,
}

/// How a message's denominator is made of its fields: `base` − Σ `weights[k]` · field k. `None`: the field is a constant, and
/// `base` has it already.
pub(super) struct Fingerprint {
    pub(super) base: EP,
    pub(super) weights: Vec<Option<EP>>,
}

impl TablePlan {
    /// The plan of `chip`, whose messages are folded to `folded`.
    pub(super) fn new(chip: &Chip, folded: &[Lookup<F>]) -> TablePlan {
        let constraints =
            get_constraint_layout::<F, EF, Chip, _>(chip, AirLayout::from_air::<F>(chip), folded, &LogUpGadget::new());
        let stated = Lookups::<F>::from_air::<EF, Chip>(chip);
        let mut columns = vec![Vec::new(); folded.len()];
        let mut messages: Vec<Message> = stated.iter().map(Message::new).collect();
        // Folding keeps the order of a bus's messages: the next one that is stated is the next one in its columns.
        for (index, message) in stated.iter().enumerate() {
            let of_bus = |lookup: &&Lookup<F>| bus(lookup) == bus(message);
            let has_room = |lookup: &&Lookup<F>| columns[lookup.column].len() < lookup.elements.len();
            let column = folded.iter().filter(of_bus).find(has_room).expect("folding loses no message").column;
            columns[column].push(index);
            messages[index].column = column;
        }
        TablePlan { constraints, messages, columns, next_columns: chip.main_next_row_columns() }
    }

    /// The fingerprints under `challenges`: a pair for each column of fractions.
    pub(super) fn fingerprints(&self, challenges: &[EF]) -> Vec<Fingerprint> {
        let fingerprint = |message: &Message| {
            let (alpha, beta) = (challenges[2 * message.column], challenges[2 * message.column + 1]);
            let mut powers: Vec<EF> = beta.powers().collect_n(message.fields.len());
            powers.reverse();
            let mut base = alpha;
            let weights = message.fields.iter().zip(powers).map(|(field, power)| match field {
                Some(constant) => {
                    base -= power * *constant;
                    None
                }
                None => Some(EP::from(power)),
            });
            let weights = weights.collect();
            Fingerprint { base: EP::from(base), weights }
        };
        self.messages.iter().map(fingerprint).collect()
    }
}

impl Message {
    fn new(lookup: &Lookup<F>) -> Message {
        let fields = lookup.elements[0].iter().map(|field| match field {
            SymbolicExpr::Leaf(BaseLeaf::Constant(value)) => Some(*value),
            _ => None,
        });
        Message { column: 0, fields: fields.collect() }
    }
}

fn bus(lookup: &Lookup<F>) -> &str {
    match &lookup.kind {
        Kind::Global(name) => name,
        Kind::Local => unreachable!("every bus of the circuit joins tables"),
    }
}
