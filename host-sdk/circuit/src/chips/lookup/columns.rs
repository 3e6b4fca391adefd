//! Columns of `lookup`.

use crate::columns::columns;

columns! {
    /// Columns of `lookup`.
    pub struct LookupColumns<T> {
        /// 1 on a used row.
        pub real: T,
    }
}
