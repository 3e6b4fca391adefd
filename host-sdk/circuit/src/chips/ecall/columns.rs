//! Columns of `ecall`.

use crate::columns::columns;

columns! {
    /// Columns of `ecall`.
    pub struct EcallColumns<T> {
        /// 1 on a used row.
        pub real: T,
    }
}
