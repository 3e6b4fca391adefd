//! Constraints and messages of `bitwise`.

use super::columns::BitwiseColumns;
use crate::bus::TableBuilder;
use crate::chip::Table;
use crate::field::F;

/// The `bitwise` table.
#[derive(Clone, Debug)]
pub struct Bitwise;

impl Table for Bitwise {
    const NAME: &'static str = "bitwise";

    fn columns(&self) -> Vec<String> {
        BitwiseColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, _builder: &mut AB) {}
}
