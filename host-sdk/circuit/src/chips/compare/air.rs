//! Constraints and messages of `compare`.

use super::columns::CompareColumns;
use crate::bus::TableBuilder;
use crate::chip::Table;
use crate::field::F;

/// The `compare` table.
#[derive(Clone, Debug)]
pub struct Compare;

impl Table for Compare {
    const NAME: &'static str = "compare";

    fn columns(&self) -> Vec<String> {
        CompareColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, _builder: &mut AB) {}
}
