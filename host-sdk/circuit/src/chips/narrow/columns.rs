//! Columns of `narrow`.

use crate::columns::columns;

columns! {
    /// Columns of `narrow`.
    pub struct NarrowColumns<T> {
        /// 1 on a used row.
        pub real: T,
    }
}
