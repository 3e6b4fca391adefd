//! Constraints and messages of `shift`.

use super::columns::ShiftColumns;
use crate::bus::TableBuilder;
use crate::chip::Table;
use crate::field::F;

/// The `shift` table.
#[derive(Clone, Debug)]
pub struct Shift;

impl Table for Shift {
    const NAME: &'static str = "shift";

    fn columns(&self) -> Vec<String> {
        ShiftColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, _builder: &mut AB) {}
}
