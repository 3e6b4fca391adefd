//! The polynomial commitment scheme, its generic parameters settled.

use p3_batch_stark::ProvingError;
use p3_batch_stark::config::{Domain, PcsProof, PcsProverError};
use p3_commit::{OpenedValues, OpeningRequest, PeriodicLdeTable, UnivariateStarkPcs};
use p3_matrix::bitrev::BitReversibleMatrix;
use p3_matrix::dense::{RowMajorMatrix, RowMajorMatrixCow};
use zkvm_circuit::{Challenger, Commitment, Config, EF, F, Parameters, Pcs};

pub(super) type Error = ProvingError<PcsProverError<Config>>;
/// Committed matrices.
pub(super) type Committed = <Pcs as p3_commit::Pcs<EF, Challenger>>::ProverData;
/// A domain of a table or of a quotient.
pub(super) type Points = Domain<Config>;

/// The scheme.
#[derive(Clone, Copy)]
pub(super) struct Commitments<'c>(pub(super) &'c Pcs);

impl Commitments<'_> {
    /// The domain of a table with 2^`log_height` rows.
    pub(super) fn domain(self, log_height: usize) -> Points {
        p3_commit::Pcs::<EF, Challenger>::natural_domain_for_degree(self.0, 1 << log_height)
    }

    /// Commits to tables.
    pub(super) fn commit(
        self,
        phase: &'static str,
        tables: impl IntoIterator<Item = (Points, RowMajorMatrix<F>)>,
    ) -> Result<(Commitment, Committed), Error> {
        let committed = p3_commit::Pcs::<EF, Challenger>::commit(self.0, tables);
        committed.map_err(|source| ProvingError::Pcs { phase, source })
    }

    /// The low-degree extensions of parts of a quotient.
    pub(super) fn extend(self, parts: Vec<(Points, RowMajorMatrix<F>)>) -> Result<Vec<RowMajorMatrix<F>>, Error> {
        let count = parts.len();
        let extended = UnivariateStarkPcs::<EF, Challenger>::get_quotient_ldes(self.0, parts, count);
        extended.map_err(|source| ProvingError::Pcs { phase: "quotient", source })
    }

    /// Commits to what [`Commitments::extend`] made.
    pub(super) fn commit_extended(self, extended: Vec<RowMajorMatrix<F>>) -> Result<(Commitment, Committed), Error> {
        let committed = UnivariateStarkPcs::<EF, Challenger>::commit_ldes(self.0, extended);
        committed.map_err(|source| ProvingError::Pcs { phase: "quotient", source })
    }

    /// A committed matrix on `domain`, its rows in bit-reversed order, as they lie in memory.
    pub(super) fn on_domain(self, of: &Committed, matrix: usize, domain: Points) -> RowMajorMatrixCow<'_, F> {
        UnivariateStarkPcs::<EF, Challenger>::get_evaluations_on_domain(self.0, of, matrix, domain).bit_reverse_rows()
    }

    /// Periodic columns on `domain`.
    pub(super) fn periodic_on(self, columns: &[Vec<F>], table: Points, domain: Points) -> PeriodicLdeTable<F> {
        UnivariateStarkPcs::<EF, Challenger>::build_periodic_lde_table(self.0, columns, table, domain)
    }

    /// Opens matrices at points.
    pub(super) fn open(
        self,
        rounds: Vec<OpeningRequest<'_, Committed, EF>>,
        challenger: &mut Challenger,
    ) -> Result<(OpenedValues<EF>, PcsProof<Config>), Error> {
        let opened = p3_commit::Pcs::<EF, Challenger>::open(self.0, rounds, challenger);
        opened.map_err(|source| ProvingError::Pcs { phase: "opening", source })
    }
}

/// A vector with room for the low-degree extension of `elements` elements, so that it grows in place.
pub(super) fn room<T>(elements: usize) -> Vec<T> {
    Vec::with_capacity(elements << Parameters::DEFAULT.log_blowup)
}

/// A copy with room for its low-degree extension.
pub(super) fn with_room(matrix: &RowMajorMatrix<F>) -> RowMajorMatrix<F> {
    let mut values = room(matrix.values.len());
    values.extend_from_slice(&matrix.values);
    RowMajorMatrix::new(values, matrix.width)
}
