//! Columns of `atomic`.

use crate::columns::columns;

columns! {
    /// Columns of `atomic`.
    pub struct AtomicColumns<T> {
        /// 1 on a used row.
        pub real: T,
    }
}
