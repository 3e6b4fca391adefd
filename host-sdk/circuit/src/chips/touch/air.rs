//! Constraints and messages of `touch`.

use super::columns::TouchColumns;
use crate::bus::TableBuilder;
use crate::chip::Table;
use crate::field::F;

/// The `touch` table.
#[derive(Clone, Debug)]
pub struct Touch;

impl Table for Touch {
    const NAME: &'static str = "touch";

    fn columns(&self) -> Vec<String> {
        TouchColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, _builder: &mut AB) {}
}
