//! Columns of `compare`.

use crate::columns::columns;

columns! {
    /// Columns of `compare`.
    pub struct CompareColumns<T> {
        /// 1 on a used row.
        pub real: T,
    }
}
