//! Columns of `divide`.

use crate::columns::columns;

columns! {
    /// Columns of `divide`. Limbs stand lowest first; dividend and divisor are the operands as 64-bit words.
    pub struct DivideColumns<T> {
        /// How often the quotient is asked for.
        pub times_quotient: T,
        /// How often the remainder is asked for.
        pub times_remainder: T,
        /// 1 for `Divu`, `Remu` and their words.
        pub unsigned: T,
        /// 1 for operations on words.
        pub word: T,
        /// Halves of the first operand.
        pub a: [T; 2],
        /// Halves of the second operand.
        pub b: [T; 2],
        /// High halves of dividend and divisor: the operands', or if `word` copies of the sign.
        pub high: [T; 2],
        /// The operands' halves that have the sign on top: low ones if `word`, else high ones.
        pub top: [T; 2],
        /// Unless `unsigned`: upper limbs of `top`.
        pub top_upper: [T; 2],
        /// 1 if the dividend, the divisor is negative; 0 if `unsigned`.
        pub sign: [T; 2],
        /// Limbs of the quotient.
        pub quotient: [T; 4],
        /// Limbs of the remainder.
        pub remainder: [T; 4],
        /// Bit 31 of quotient and remainder.
        pub word_sign: [T; 2],
        /// Bit 63 of the remainder.
        pub remainder_sign: T,
        /// 1 if the dividend is negative and the remainder 0, but for the quotient that overflows.
        pub exact: T,
        /// 1 if low(dividend) < low(remainder).
        pub borrow: T,
        /// 1 if quotient · divisor is negative.
        pub negative: T,
        /// 1 if the divisor is 0.
        pub by_zero: T,
        /// Halves of the divisor, or of its negation if its sign is not the dividend's.
        pub bound: [T; 2],
        /// 1 if `bound` is the negation and its low half 0 or not 0, respectively.
        pub negated: [T; 2],
        /// If negated: inverse of the divisor's low half, or of its high half if the low one is 0.
        pub divisor_inverse: T,
        /// Inverse of a number that is 0 only if remainder and `bound` are equal; 0 if `by_zero`.
        pub apart_inverse: T,
        /// High half of the quotient's and remainder's results: their own, or if `word` copies of bit 31.
        pub result_high: [T; 2],
    }
}
