//! Columns of `bitwise`.

use crate::columns::columns;

columns! {
    /// Columns of `bitwise`.
    pub struct BitwiseColumns<T> {
        /// 1 on a used row.
        pub real: T,
    }
}
