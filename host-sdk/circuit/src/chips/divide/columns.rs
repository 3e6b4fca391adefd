//! Columns of `divide`.

use crate::columns::columns;

columns! {
    /// Columns of `divide`.
    pub struct DivideColumns<T> {
        /// 1 on a used row.
        pub real: T,
    }
}
