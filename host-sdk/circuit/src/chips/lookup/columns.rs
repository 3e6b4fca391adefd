//! Columns of `lookup`.

use crate::bus::fact;
use crate::columns::columns;

columns! {
    /// What a segment decides: how often each fact is needed.
    pub struct LookupColumns<T> {
        /// Uses per kind of [`fact`].
        pub times: [T; fact::KINDS],
    }
}

columns! {
    /// What is fixed: row x, for x from 0 to 2^16 − 1.
    pub struct FixedColumns<T> {
        /// x
        pub x: T,
        /// Bit 15 of x.
        pub sign: T,
        /// x mod 8
        pub low3: T,
        /// x mod 2^8
        pub low_byte: T,
        /// x / 2^8
        pub high_byte: T,
        /// `low_byte & high_byte`
        pub and: T,
        /// Bits 4 and 5 of x.
        pub limbs: T,
        /// 2^(x mod 16)
        pub power: T,
    }
}
