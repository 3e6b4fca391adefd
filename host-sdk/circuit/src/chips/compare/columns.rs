//! Columns of `compare`.

use crate::columns::columns;

columns! {
    /// Columns of `compare`.
    pub struct CompareColumns<T> {
        /// How often the result is asked for: as it is, and negated.
        pub times: [T; 2],
        /// 1 for `Lt` and `Ge`.
        pub signed: T,
        /// 1 for `Eq` and `Ne`.
        pub equality: T,
        /// Halves of the first operand.
        pub a: [T; 2],
        /// Halves of the second operand.
        pub b: [T; 2],
        /// 1 only if the high halves are equal: the low halves decide.
        pub same: T,
        /// 1 only if the comparison is signed and the signs differ: they decide.
        pub apart: T,
        /// What decides: low halves' difference if `same`, high(b) − 2^31 if `apart`, else high halves' difference.
        pub difference: T,
        /// Inverse of `difference`; 0 if that is 0.
        pub inverse: T,
        /// The result: of `Lt` and `Ltu` whether `difference` is negative, of `Eq` whether it is 0.
        pub holds: T,
        /// Not for `Eq`: upper limb of `difference` + 2^32 · `holds`.
        pub upper: T,
        /// If signed: the sign of `probe`.
        pub negative: T,
        /// high(a) if `negative` = `holds`, else high(b).
        pub probe: T,
        /// If signed: upper limb of `probe`.
        pub probe_upper: T,
    }
}
