//! Columns of `misaligned`.

use crate::columns::columns;

columns! {
    /// Columns of `misaligned`.
    pub struct MisalignedColumns<T> {
        /// 1 on a used row.
        pub real: T,
    }
}
