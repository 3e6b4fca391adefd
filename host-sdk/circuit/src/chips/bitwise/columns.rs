//! Columns of `bitwise`.

use crate::columns::columns;

columns! {
    /// Columns of `bitwise`. Bytes stand lowest first.
    pub struct BitwiseColumns<T> {
        /// How often the row's result is asked for.
        pub times: T,
        /// Which operation: its number, 0, 1 or 2.
        pub op: T,
        /// Bytes of the first operand.
        pub a: [T; 8],
        /// Bytes of the second operand.
        pub b: [T; 8],
        /// Bytes of a & b.
        pub and: [T; 8],
        /// Halves of the result.
        pub c: [T; 2],
    }
}
