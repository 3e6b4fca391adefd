//! A table's constraints and messages, evaluated on as many rows at once as a vector register has lanes.

use p3_air::{AirBuilder, RowWindow};
use p3_field::{ExtensionField, Field, PackedValue, PrimeCharacteristicRing};
use p3_lookup::{Count, InteractionBuilder};
use zkvm_circuit::{EF, F};

use super::plan::Fingerprint;

/// One base-field element of each row.
pub(super) type P = <F as Field>::Packing;
/// One extension-field element of each row.
pub(super) type EP = <EF as ExtensionField<F>>::ExtensionPacking;
/// Rows at once.
pub(super) const LANES: usize = P::WIDTH;

/// What constraints read.
#[derive(Default)]
pub(super) struct Rows<'p> {
    pub(super) current: Vec<P>,
    pub(super) next: Vec<P>,
    pub(super) fixed: Vec<P>,
    pub(super) periodic: Vec<P>,
    pub(super) public: &'p [F],
    pub(super) first: P,
    pub(super) last: P,
    pub(super) transition: P,
}

/// What they leave.
#[derive(Default)]
pub(super) struct Evaluated {
    /// Values of the constraints; none if they were not asked for.
    pub(super) constraints: Vec<P>,
    /// Denominators of the messages, in the order in which they are stated.
    pub(super) denominators: Vec<EP>,
    /// Multiplicities of the messages.
    pub(super) counts: Vec<P>,
}

/// Evaluates; with `CONSTRAIN` the constraints too, otherwise messages alone.
pub(super) struct Evaluator<'e, const CONSTRAIN: bool> {
    rows: &'e Rows<'e>,
    fixed: RowWindow<'e, P>,
    fingerprints: &'e [Fingerprint],
    to: &'e mut Evaluated,
}

impl<'e, const CONSTRAIN: bool> Evaluator<'e, CONSTRAIN> {
    pub(super) fn new(rows: &'e Rows<'e>, fingerprints: &'e [Fingerprint], to: &'e mut Evaluated) -> Self {
        to.constraints.clear();
        to.denominators.clear();
        to.counts.clear();
        // No chip looks at the next row of its fixed columns.
        let fixed = RowWindow::from_two_rows(&rows.fixed, &rows.fixed);
        Evaluator { rows, fixed, fingerprints, to }
    }
}

impl Evaluated {
    /// Numerator and denominator of a column of fractions with these messages.
    pub(super) fn fraction(&self, messages: &[usize]) -> (EP, EP) {
        let (denominators, counts) = (&self.denominators, &self.counts);
        let [first, rest @ ..] = messages else { return (EP::ZERO, EP::ONE) };
        let (mut numerator, mut denominator) = match *rest {
            [] => return (EP::from(counts[*first]), denominators[*first]),
            [second, ..] => (
                denominators[second] * counts[*first] + denominators[*first] * counts[second],
                denominators[*first] * denominators[second],
            ),
        };
        for &other in &rest[1..] {
            numerator = numerator * denominators[other] + denominator * counts[other];
            denominator *= denominators[other];
        }
        (numerator, denominator)
    }
}

impl<'e, const CONSTRAIN: bool> AirBuilder for Evaluator<'e, CONSTRAIN> {
    type F = F;
    type Expr = P;
    type Var = P;
    type PreprocessedWindow = RowWindow<'e, P>;
    type MainWindow = RowWindow<'e, P>;
    type PublicVar = F;
    type PeriodicVar = P;

    #[inline]
    fn main(&self) -> Self::MainWindow {
        RowWindow::from_two_rows(&self.rows.current, &self.rows.next)
    }

    #[inline]
    fn preprocessed(&self) -> &Self::PreprocessedWindow {
        &self.fixed
    }

    #[inline]
    fn is_first_row(&self) -> P {
        self.rows.first
    }

    #[inline]
    fn is_last_row(&self) -> P {
        self.rows.last
    }

    #[inline]
    fn is_transition(&self) -> P {
        self.rows.transition
    }

    #[inline]
    fn assert_zero<I: Into<P>>(&mut self, x: I) {
        if CONSTRAIN {
            self.to.constraints.push(x.into());
        }
    }

    #[inline]
    fn public_values(&self) -> &[F] {
        self.rows.public
    }

    #[inline]
    fn periodic_values(&self) -> &[P] {
        &self.rows.periodic
    }
}

impl<const CONSTRAIN: bool> InteractionBuilder for Evaluator<'_, CONSTRAIN> {
    #[inline]
    fn push_interaction<E: Into<P>>(
        &mut self,
        _: &str,
        fields: impl IntoIterator<Item = E>,
        count: impl Into<Count<P>>,
    ) {
        let Fingerprint { base, weights } = &self.fingerprints[self.to.denominators.len()];
        let mut denominator = *base;
        for (weight, field) in weights.iter().zip(fields) {
            if let Some(weight) = weight {
                denominator -= *weight * field.into();
            }
        }
        self.to.denominators.push(denominator);
        self.to.counts.push(count.into().into_parts().0);
    }

    fn push_local_interaction(&mut self, _: impl IntoIterator<Item = (Vec<P>, Count<P>)>) {
        unreachable!("every bus of the circuit joins tables");
    }
}

/// Packs the rows at `positions` of a row-major matrix `width` wide: one packed value per column.
pub(super) fn pack(values: &[F], width: usize, positions: &[usize; LANES], to: &mut Vec<P>) {
    to.clear();
    let rows = positions.map(|position| &values[position * width..][..width]);
    to.extend((0..width).map(|column| P::from_fn(|lane| rows[lane][column])));
}

/// Packs only `columns`; the others are zero.
pub(super) fn pack_columns(values: &[F], width: usize, positions: &[usize; LANES], columns: &[usize], to: &mut Vec<P>) {
    to.clear();
    to.resize(width, P::ZERO);
    let rows = positions.map(|position| &values[position * width..][..width]);
    for &column in columns {
        to[column] = P::from_fn(|lane| rows[lane][column]);
    }
}
