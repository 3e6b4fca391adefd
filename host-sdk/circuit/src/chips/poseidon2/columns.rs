//! Columns of `poseidon2`.

use crate::columns::columns;

columns! {
    /// Columns of `poseidon2`.
    pub struct Poseidon2Columns<T> {
        /// 1 on a used row.
        pub real: T,
    }
}
