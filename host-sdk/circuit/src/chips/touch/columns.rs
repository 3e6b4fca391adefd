//! Columns of `touch`.

use crate::columns::columns;
use crate::field::Halves;

columns! {
    /// Columns of `touch`.
    pub struct TouchColumns<T> {
        /// 1 on a used row.
        pub real: T,
        /// The cell, as the `memory` bus calls it.
        pub cell: T,
        /// Time of the access before the bridge.
        pub before: T,
        /// Time that the bridge leaves behind.
        pub after: T,
        /// The cell's value.
        pub value: Halves<T>,
        /// (`after` − `before` − 1) mod 2^16.
        pub low: T,
    }
}
