//! Constraints and messages of `narrow`.

use super::columns::NarrowColumns;
use crate::bus::TableBuilder;
use crate::chip::Table;
use crate::field::F;

/// The `narrow` table.
#[derive(Clone, Debug)]
pub struct Narrow;

impl Table for Narrow {
    const NAME: &'static str = "narrow";

    fn columns(&self) -> Vec<String> {
        NarrowColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, _builder: &mut AB) {}
}
