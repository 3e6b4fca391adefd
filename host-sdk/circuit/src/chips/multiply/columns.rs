//! Columns of `multiply`.

use crate::columns::columns;

columns! {
    /// Columns of `multiply`.
    pub struct MultiplyColumns<T> {
        /// 1 on a used row.
        pub real: T,
    }
}
