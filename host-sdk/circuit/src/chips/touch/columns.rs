//! Columns of `touch`.

use crate::columns::columns;

columns! {
    /// Columns of `touch`.
    pub struct TouchColumns<T> {
        /// 1 on a used row.
        pub real: T,
    }
}
