//! Constraints and messages of `leaf`.

use super::columns::LeafColumns;
use crate::bus::TableBuilder;
use crate::chip::Table;
use crate::field::F;

/// The `leaf` table.
#[derive(Clone, Debug)]
pub struct Leaf;

impl Table for Leaf {
    const NAME: &'static str = "leaf";

    fn columns(&self) -> Vec<String> {
        LeafColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, _builder: &mut AB) {}
}
