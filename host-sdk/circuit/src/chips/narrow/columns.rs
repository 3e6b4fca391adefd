//! Columns of `narrow`.

use crate::columns::columns;
use crate::field::Halves;

columns! {
    /// Columns of `narrow`. The *limb* is the 16-bit limb of the word in memory that the offset's upper two bits name, the
    /// *rest* the other limb of the same half.
    pub struct NarrowColumns<T> {
        /// How often the row is looked up.
        pub times: T,
        /// 1: a store; 0: a load.
        pub store: T,
        /// A load that fills with zeros.
        pub unsigned: T,
        /// 2 bytes.
        pub half: T,
        /// 4 bytes; 1 byte without `half` and `word`.
        pub word: T,
        /// Bits of address mod 8, lowest first: which byte of a limb, which limb of a half, which half.
        pub offset: [T; 3],
        /// Load: the word in memory. Store: the register's value.
        pub source: Halves<T>,
        /// Store: the word in memory before. Load: anything.
        pub old: Halves<T>,
        /// Load: the register's value. Store: the word in memory after.
        pub new: Halves<T>,
        /// Bytes of the limb, before.
        pub bytes: [T; 2],
        /// The rest, before.
        pub rest: T,
        /// Load: the byte that the offset names, and 0. Store: the lowest two bytes of the register.
        pub value: [T; 2],
        /// Load: what is read, shifted so that its sign is bit 15. Store: bits 16–31 of the register.
        pub top: T,
        /// Bit 15 of `top`.
        pub sign: T,
        /// The limb with `value` in place of what is written.
        pub patched: T,
    }
}
