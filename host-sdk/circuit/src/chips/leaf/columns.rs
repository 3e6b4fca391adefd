//! Columns of `leaf`.

use crate::columns::columns;

columns! {
    /// Columns of `leaf`.
    pub struct LeafColumns<T> {
        /// 1 on a used row.
        pub real: T,
    }
}
