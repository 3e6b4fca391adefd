//! Columns of `program`.

use crate::columns::columns;

columns! {
    /// Columns of `program`.
    pub struct ProgramColumns<T> {
        /// 1 on a used row.
        pub real: T,
    }
}
