//! Constraints and messages of `lookup`.

use super::columns::LookupColumns;
use crate::bus::TableBuilder;
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

    fn eval<AB: TableBuilder>(&self, _builder: &mut AB) {}
}
