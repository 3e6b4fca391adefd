//! A row per instruction of the text, and one per mapped region. All of it is fixed by the program, so a proof can only
//! choose how often each row is used; there are no constraints.

use std::sync::Arc;

use p3_air::WindowAccess;
use p3_matrix::dense::RowMajorMatrix;

use super::columns::{FixedColumns, ProgramColumns};
use crate::bus::{TableBuilder, provide_row};
use crate::chip::Table;
use crate::field::F;

/// The `program` table.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its rows, or `None` for a verifier, who knows their commitment.
    pub fixed: Option<Arc<RowMajorMatrix<F>>>,
}

impl Table for Program {
    const NAME: &'static str = "program";

    fn columns(&self) -> Vec<String> {
        ProgramColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, builder: &mut AB) {
        let ProgramColumns { times } = ProgramColumns::read(builder.main().current_slice());
        let FixedColumns { fields } = FixedColumns::read(builder.preprocessed().current_slice());
        provide_row(builder, times, fields.map(Into::into));
    }

    fn preprocessed_width(&self) -> usize {
        FixedColumns::<F>::WIDTH
    }

    fn preprocessed(&self) -> Option<Arc<RowMajorMatrix<F>>> {
        self.fixed.clone()
    }
}
