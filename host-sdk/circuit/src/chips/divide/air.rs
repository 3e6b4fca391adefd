//! Constraints and messages of `divide`.

use super::columns::DivideColumns;
use crate::bus::TableBuilder;
use crate::chip::Table;
use crate::field::F;

/// The `divide` table.
#[derive(Clone, Debug)]
pub struct Divide;

impl Table for Divide {
    const NAME: &'static str = "divide";

    fn columns(&self) -> Vec<String> {
        DivideColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, _builder: &mut AB) {}
}
