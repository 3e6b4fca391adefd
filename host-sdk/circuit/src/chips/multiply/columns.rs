//! Columns of `multiply`.

use crate::columns::columns;

columns! {
    /// Columns of `multiply`. Limbs stand lowest first.
    pub struct MultiplyColumns<T> {
        /// How often the low result is asked for, `Mul` or `Mulw`.
        pub times_low: T,
        /// How often the high result is asked for.
        pub times_high: T,
        /// 1 if the low result is that of `Mulw`.
        pub word: T,
        /// For the high result: 1 if the first, the second operand is signed.
        pub signed: [T; 2],
        /// Limbs of the first operand.
        pub a: [T; 4],
        /// Limbs of the second operand.
        pub b: [T; 4],
        /// Top bits of the operands.
        pub sign: [T; 2],
        /// Limbs of the 128-bit product, of operands as `signed` says.
        pub product: [T; 8],
        /// Top bit of `product[1]`.
        pub word_sign: T,
        /// Carry into limb 1.
        pub carry1: T,
        /// Low limb of the carry into limb 3.
        pub carry3: T,
        /// The rest of that carry: 0, 1 or 2.
        pub carry3_upper: T,
        /// Low limb of the carry into limb 5, plus 2.
        pub carry5: T,
        /// The rest of that: 0, 1 or 2.
        pub carry5_upper: T,
        /// 1 if the product before reduction modulo 2^128 is negative.
        pub borrow: T,
        /// High half of the low result.
        pub low_high: T,
    }
}
