//! Constraints and messages of `misaligned`.

use super::columns::MisalignedColumns;
use crate::bus::TableBuilder;
use crate::chip::Table;
use crate::field::F;

/// The `misaligned` table.
#[derive(Clone, Debug)]
pub struct Misaligned;

impl Table for Misaligned {
    const NAME: &'static str = "misaligned";

    fn columns(&self) -> Vec<String> {
        MisalignedColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, _builder: &mut AB) {}
}
