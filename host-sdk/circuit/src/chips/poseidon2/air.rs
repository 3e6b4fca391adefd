//! Constraints and messages of `poseidon2`.

use super::columns::Poseidon2Columns;
use crate::bus::TableBuilder;
use crate::chip::Table;
use crate::field::F;

/// The `poseidon2` table.
#[derive(Clone, Debug)]
pub struct Poseidon2;

impl Table for Poseidon2 {
    const NAME: &'static str = "poseidon2";

    fn columns(&self) -> Vec<String> {
        Poseidon2Columns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, _builder: &mut AB) {}
}
