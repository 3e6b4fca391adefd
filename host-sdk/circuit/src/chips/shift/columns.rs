//! Columns of `shift`.

use crate::columns::columns;

columns! {
    /// Columns of `shift`.
    pub struct ShiftColumns<T> {
        /// 1 on a used row.
        pub real: T,
    }
}
