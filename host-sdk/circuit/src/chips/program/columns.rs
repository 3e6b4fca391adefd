//! Columns of `program`.

use crate::bus::INSTR_FIELDS;
use crate::columns::columns;

columns! {
    /// What a segment decides.
    pub struct ProgramColumns<T> {
        /// How often the row is looked up.
        pub times: T,
    }
}

columns! {
    /// What the program fixes.
    pub struct FixedColumns<T> {
        /// The row as a message of the `instr` bus; all zero on padding rows, which no message asks for.
        pub fields: [T; INSTR_FIELDS],
    }
}
