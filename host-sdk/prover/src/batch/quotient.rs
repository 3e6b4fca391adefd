//! The quotient of a chip's constraints by the polynomial that vanishes on its rows.

use std::array::from_fn;

use p3_air::Air;
use p3_commit::{LagrangeSelectors, PeriodicLdeTable};
use p3_field::{Algebra, BasedVectorSpace, PackedFieldExtension, PackedValue, PrimeCharacteristicRing};
use p3_matrix::Matrix;
use p3_matrix::bitrev::BitReversibleMatrix;
use p3_matrix::dense::{RowMajorMatrix, RowMajorMatrixView};
use rayon::prelude::*;
use zkvm_circuit::{Chip, EF, F};

use super::plan::{Fingerprint, TablePlan};
use super::row::{EP, Evaluated, Evaluator, LANES, P, Rows, pack, pack_columns};

/// Rows that a worker takes at once.
const BLOCK: usize = 1 << 9;

/// A chip's polynomials on the quotient domain. Matrices have their rows in bit-reversed order, as they were committed.
pub(super) struct OnQuotientDomain<'q> {
    pub(super) chip: &'q Chip,
    pub(super) public: &'q [F],
    pub(super) main: RowMajorMatrixView<'q, F>,
    pub(super) fixed: Option<RowMajorMatrixView<'q, F>>,
    pub(super) permutation: RowMajorMatrixView<'q, F>,
    pub(super) periodic: PeriodicLdeTable<F>,
    pub(super) selectors: LagrangeSelectors<Vec<F>>,
    /// Points of the domain per row of the table.
    pub(super) points_per_row: usize,
    /// Sum of all fractions.
    pub(super) terminal: EF,
}

impl OnQuotientDomain<'_> {
    /// The quotient's values, in the domain's order, the extension's three coordinates in a row; constraints are combined
    /// by powers of `alpha`.
    pub(super) fn quotient(&self, plan: &TablePlan, fingerprints: &[Fingerprint], alpha: EF) -> RowMajorMatrix<F> {
        let size = self.selectors.inv_vanishing.len();
        let (base_powers, extension_powers) = plan.constraints.decompose_alpha::<F, EF>(alpha);
        let mut values = EF::zero_vec(size);
        values.par_chunks_mut(BLOCK).enumerate().for_each_init(
            || (Rows { public: self.public, ..Rows::default() }, Evaluated::default(), Vec::new(), Vec::new()),
            |(rows, evaluated, permutation, pins), (block, values)| {
                for (vector, values) in values.chunks_mut(LANES).enumerate() {
                    let positions = from_fn(|lane| block * BLOCK + vector * LANES + lane);
                    let points = positions.map(|position| reversed(position, size));
                    let next = points.map(|point| reversed((point + self.points_per_row) % size, size));
                    self.load(plan, &positions, &points, &next, rows);
                    self.chip.eval(&mut Evaluator::<true>::new(rows, fingerprints, evaluated));
                    pack(self.permutation.values, self.permutation.width, &positions, permutation);
                    let fraction = |column: usize| {
                        EP::from_basis_coefficients_fn(|coordinate| permutation[3 * column + coordinate])
                    };
                    let sum = fraction(0);
                    let next_sum = EP::from_ext_fn(|lane| {
                        let row = &self.permutation.values[next[lane] * self.permutation.width..];
                        EF::from_basis_coefficients_fn(|coordinate| row[coordinate])
                    });
                    pins.clear();
                    let mut after = sum;
                    for (column, messages) in plan.columns.iter().enumerate() {
                        let (numerator, denominator) = evaluated.fraction(messages);
                        let fraction = fraction(column + 1);
                        after += fraction;
                        pins.push(denominator * fraction - numerator);
                    }
                    pins.push(sum * rows.first);
                    pins.push((next_sum - after) * rows.transition);
                    pins.push((EP::from(self.terminal) - after) * rows.last);
                    let base = EP::from_basis_coefficients_fn(|coordinate| {
                        P::batched_linear_combination(&evaluated.constraints, &base_powers[coordinate])
                    });
                    let all = base + EP::batched_linear_combination(pins, &extension_powers);
                    let vanishing = P::from_fn(|lane| self.selectors.inv_vanishing[points[lane]]);
                    (all * vanishing).to_ext_slice(values);
                }
            },
        );
        RowMajorMatrix::new_col(values).flatten_to_base().bit_reverse_rows().to_row_major_matrix()
    }

    fn load(
        &self,
        plan: &TablePlan,
        positions: &[usize; LANES],
        points: &[usize; LANES],
        next: &[usize; LANES],
        rows: &mut Rows<'_>,
    ) {
        pack(self.main.values, self.main.width, positions, &mut rows.current);
        pack_columns(self.main.values, self.main.width, next, &plan.next_columns, &mut rows.next);
        if let Some(fixed) = &self.fixed {
            pack(fixed.values, fixed.width, positions, &mut rows.fixed);
        }
        rows.periodic.clear();
        let columns = 0..self.periodic.width();
        rows.periodic.extend(columns.map(|column| P::from_fn(|lane| *self.periodic.get(points[lane], column))));
        let select = |selector: &[F]| P::from_fn(|lane| selector[points[lane]]);
        rows.first = select(&self.selectors.is_first_row);
        rows.last = select(&self.selectors.is_last_row);
        rows.transition = select(&self.selectors.is_transition);
    }
}

/// `index` with its bits reversed, below `size`, a power of two.
fn reversed(index: usize, size: usize) -> usize {
    index.reverse_bits() >> (usize::BITS - size.trailing_zeros())
}
