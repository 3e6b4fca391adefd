//! The second table of a chip: a running sum of the fractions of its messages, and the fractions.

use std::array::from_fn;

use p3_air::Air;
use p3_field::{
    Field, PackedFieldExtension, PackedValue, PrimeCharacteristicRing, batch_multiplicative_inverse_general,
};
use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrix;
use rayon::prelude::*;
use zkvm_circuit::check::Filled;
use zkvm_circuit::{EF, F};

use super::commitments::room;
use super::plan::{Fingerprint, TablePlan};
use super::row::{EP, Evaluated, Evaluator, LANES, P, Rows, pack, pack_columns};

/// Vectors of rows whose denominators are inverted together.
const VECTORS: usize = 8;

/// The table's rows, `1 + columns` elements wide, the sum first; and the sum of all fractions.
pub(super) fn permutation(table: &Filled, plan: &TablePlan, fingerprints: &[Fingerprint]) -> (RowMajorMatrix<EF>, EF) {
    let (height, width) = (table.rows.height(), plan.columns.len() + 1);
    let fixed = table.chip.preprocessed();
    let periodic = p3_air::BaseAir::periodic_columns(&table.chip);
    let mut cells = room(height * width);
    cells.resize(height * width, EF::ZERO);
    let mut sums = EF::zero_vec(height);
    let block = VECTORS * LANES;
    cells.par_chunks_mut(block * width).zip(sums.par_chunks_mut(block)).enumerate().for_each_init(
        Scratch::default,
        |Scratch { rows, evaluated, numerators, denominators, inverses }, (index, (cells, sums))| {
            rows.public = &table.public;
            numerators.clear();
            denominators.clear();
            for vector in 0..VECTORS {
                let positions: [usize; LANES] = from_fn(|lane| index * block + vector * LANES + lane);
                load(table, plan, fixed.as_deref(), &periodic, &positions, rows);
                table.chip.eval(&mut Evaluator::<false>::new(rows, fingerprints, evaluated));
                for messages in &plan.columns {
                    let (numerator, denominator) = evaluated.fraction(messages);
                    numerators.push(numerator);
                    denominators.push(denominator);
                }
            }
            inverses.resize(denominators.len(), EP::ZERO);
            batch_multiplicative_inverse_general(denominators, inverses, invert);
            let fractions = numerators.chunks(width - 1).zip(inverses.chunks(width - 1));
            for (vector, (numerators, inverses)) in fractions.enumerate() {
                let mut sum = EP::ZERO;
                for (column, (numerator, inverse)) in numerators.iter().zip(inverses).enumerate() {
                    let fraction = *numerator * *inverse;
                    sum += fraction;
                    for lane in 0..LANES {
                        cells[(vector * LANES + lane) * width + 1 + column] = fraction.extract(lane);
                    }
                }
                sum.to_ext_slice(&mut sums[vector * LANES..][..LANES]);
            }
        },
    );
    let mut total = EF::ZERO;
    for sum in &mut sums {
        let here = total;
        total += *sum;
        *sum = here;
    }
    cells.par_chunks_mut(width).zip(sums).with_min_len(1 << 12).for_each(|(row, sum)| row[0] = sum);
    (RowMajorMatrix::new(cells, width), total)
}

#[derive(Default)]
struct Scratch<'p> {
    rows: Rows<'p>,
    evaluated: Evaluated,
    numerators: Vec<EP>,
    denominators: Vec<EP>,
    inverses: Vec<EP>,
}

/// What messages read at `positions`: they are the same on every row, so no row selectors.
fn load(
    table: &Filled,
    plan: &TablePlan,
    fixed: Option<&RowMajorMatrix<F>>,
    periodic: &[Vec<F>],
    positions: &[usize; LANES],
    rows: &mut Rows<'_>,
) {
    let (height, width) = (table.rows.height(), table.rows.width);
    let next = positions.map(|position| (position + 1) % height);
    pack(&table.rows.values, width, positions, &mut rows.current);
    pack_columns(&table.rows.values, width, &next, &plan.next_columns, &mut rows.next);
    if let Some(fixed) = fixed {
        pack(&fixed.values, fixed.width, positions, &mut rows.fixed);
    }
    rows.periodic.clear();
    rows.periodic.extend(periodic.iter().map(|column| P::from_fn(|lane| column[positions[lane] % column.len()])));
}

fn invert(element: EP) -> EP {
    let lanes: [EF; LANES] = from_fn(|lane| element.extract(lane));
    let mut inverses = [EF::ZERO; LANES];
    batch_multiplicative_inverse_general(&lanes, &mut inverses, |element| element.inverse());
    EP::from_ext_slice(&inverses)
}
