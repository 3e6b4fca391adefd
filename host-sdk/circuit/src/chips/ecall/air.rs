//! Constraints and messages of `ecall`.

use super::columns::EcallColumns;
use crate::bus::TableBuilder;
use crate::chip::Table;
use crate::field::F;

/// The `ecall` table.
#[derive(Clone, Debug)]
pub struct Ecall;

impl Table for Ecall {
    const NAME: &'static str = "ecall";

    fn columns(&self) -> Vec<String> {
        EcallColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, _builder: &mut AB) {}
}
