//! Row x vouches for the facts about x that [`crate::bus::fact`] lists. All of them are fixed, so a proof can only choose
//! how often each is used; there are no constraints.

use std::sync::{Arc, OnceLock};

use p3_air::WindowAccess;
use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::columns::{FixedColumns, LookupColumns};
use super::generation::fixed;
use crate::bus::{TableBuilder, fact, provide_fact};
use crate::chip::Table;
use crate::field::F;

/// The `lookup` table.
#[derive(Clone, Debug)]
pub struct Lookup;

impl Table for Lookup {
    const NAME: &'static str = "lookup";

    fn columns(&self) -> Vec<String> {
        LookupColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, builder: &mut AB) {
        let LookupColumns { times } = LookupColumns::read(builder.main().current_slice());
        let row = FixedColumns::read(builder.preprocessed().current_slice());
        let FixedColumns { x, sign, low3, low_byte, high_byte, and, limbs, power } = row;
        let none = || AB::Expr::ZERO;
        let facts = [
            (fact::LIMB, [x.into(), none(), none()]),
            (fact::SIGN, [x.into(), sign.into(), none()]),
            (fact::LOW3, [x.into(), low3.into(), none()]),
            (fact::BYTES, [low_byte.into(), high_byte.into(), none()]),
            (fact::AND, [low_byte.into(), high_byte.into(), and.into()]),
            (fact::SHIFT, [x.into(), limbs.into(), power.into()]),
        ];
        for (kind, fields) in facts {
            provide_fact(builder, times[kind as usize], kind, fields);
        }
    }

    fn preprocessed_width(&self) -> usize {
        FixedColumns::<F>::WIDTH
    }

    fn preprocessed(&self) -> Option<Arc<RowMajorMatrix<F>>> {
        static FIXED: OnceLock<Arc<RowMajorMatrix<F>>> = OnceLock::new();
        Some(FIXED.get_or_init(|| Arc::new(fixed())).clone())
    }
}
