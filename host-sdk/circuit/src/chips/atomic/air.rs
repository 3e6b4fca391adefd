//! Constraints and messages of `atomic`.

use super::columns::AtomicColumns;
use crate::bus::TableBuilder;
use crate::chip::Table;
use crate::field::F;

/// The `atomic` table.
#[derive(Clone, Debug)]
pub struct Atomic;

impl Table for Atomic {
    const NAME: &'static str = "atomic";

    fn columns(&self) -> Vec<String> {
        AtomicColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, _builder: &mut AB) {}
}
