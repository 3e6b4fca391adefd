//! Constraints and messages of `node`.

use super::columns::NodeColumns;
use crate::bus::TableBuilder;
use crate::chip::Table;
use crate::field::F;

/// The `node` table.
#[derive(Clone, Debug)]
pub struct Node;

impl Table for Node {
    const NAME: &'static str = "node";

    fn columns(&self) -> Vec<String> {
        NodeColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, _builder: &mut AB) {}
}
