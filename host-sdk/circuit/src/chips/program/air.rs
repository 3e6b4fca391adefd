//! Constraints and messages of `program`.

use super::columns::ProgramColumns;
use crate::bus::TableBuilder;
use crate::chip::Table;
use crate::field::F;

/// The `program` table.
#[derive(Clone, Debug)]
pub struct Program;

impl Table for Program {
    const NAME: &'static str = "program";

    fn columns(&self) -> Vec<String> {
        ProgramColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, _builder: &mut AB) {}
}
