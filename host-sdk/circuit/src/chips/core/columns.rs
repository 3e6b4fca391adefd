//! Columns of `core`.

use crate::columns::columns;

columns! {
    /// Columns of `core`.
    pub struct CoreColumns<T> {
        /// 1 on a used row.
        pub real: T,
    }
}
