//! Constraints and messages of `core`.

use super::columns::CoreColumns;
use crate::bus::TableBuilder;
use crate::chip::Table;
use crate::field::F;

/// The `core` table.
#[derive(Clone, Debug)]
pub struct Core;

impl Table for Core {
    const NAME: &'static str = "core";

    fn columns(&self) -> Vec<String> {
        CoreColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, _builder: &mut AB) {}
}
