//! Columns of `shift`.

use crate::columns::columns;

columns! {
    /// Columns of `shift`.
    pub struct ShiftColumns<T> {
        /// How often the row's result is asked for.
        pub times: T,
        /// 1 for shifts to the right.
        pub right: T,
        /// 1 for `Sra` and `Sraw`.
        pub arithmetic: T,
        /// 1 for `Sllw`, `Srlw` and `Sraw`.
        pub word: T,
        /// Halves of the first operand.
        pub a: [T; 2],
        /// Lowest limb of the second operand.
        pub amount: T,
        /// The next limb: high limb of the low half.
        pub amount_rest: T,
        /// High half of the second operand.
        pub b_high: T,
        /// Bit 4 of the amount.
        pub bit4: T,
        /// Bit 5 of the amount, which counts unless `word`.
        pub bit5: T,
        /// 2^(amount mod 16).
        pub power: T,
        /// What the halves are multiplied by, a power of two: see `air.rs`.
        pub factor: T,
        /// 1 if the result starts one half below the product: to the left, 32 or more.
        pub below: T,
        /// 1 if it starts one half above because of `factor`: to the right, 1 to 31.
        pub above: T,
        /// 1 if it starts one half above and `factor` is 1: to the right, 32.
        pub above_exact: T,
        /// 1 if it starts two halves above: to the right, 33 to 63.
        pub above_two: T,
        /// If `arithmetic`: the first operand's sign, else 0.
        pub sign: T,
        /// The half whose top bit is that sign: high(a), low(a) if `word`.
        pub signed: T,
        /// If `arithmetic`: upper limb of `signed`.
        pub signed_upper: T,
        /// Low half of each half's product with `factor`.
        pub low: [T; 2],
        /// Upper limb of each of `low`.
        pub low_upper: [T; 2],
        /// High half of each half's product with `factor`.
        pub high: [T; 2],
        /// Upper limb of each of `high`.
        pub high_upper: [T; 2],
        /// Top bit of `low[0]`.
        pub low_sign: T,
        /// Halves of the result.
        pub c: [T; 2],
    }
}
