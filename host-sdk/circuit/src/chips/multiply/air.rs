//! Constraints and messages of `multiply`.

use super::columns::MultiplyColumns;
use crate::bus::TableBuilder;
use crate::chip::Table;
use crate::field::F;

/// The `multiply` table.
#[derive(Clone, Debug)]
pub struct Multiply;

impl Table for Multiply {
    const NAME: &'static str = "multiply";

    fn columns(&self) -> Vec<String> {
        MultiplyColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, _builder: &mut AB) {}
}
