//! Columns of `node`.

use crate::columns::columns;

columns! {
    /// Columns of `node`.
    pub struct NodeColumns<T> {
        /// 1 on a used row.
        pub real: T,
    }
}
