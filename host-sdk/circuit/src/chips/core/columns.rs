//! Columns of `core`.

use crate::columns::columns;
use crate::field::Halves;

columns! {
    /// Columns of `core`. `s` = rs1 + imm + sigma · rs2 mod 2^64 is every row's sum: the result of an addition, the address
    /// of a load or store, the target of `jalr`.
    pub struct CoreColumns<T> {
        /// 1 on a used row.
        pub real: T,
        /// Time of the first access; the others are at `time` + 1 and + 2.
        pub time: T,
        /// Address of the instruction.
        pub pc: T,
        /// Address of the next one.
        pub next_pc: T,
        /// See [`crate::chips::program::Flags`].
        pub load: T,
        /// As above.
        pub store: T,
        /// As above.
        pub jalr: T,
        /// As above.
        pub branch: T,
        /// As above.
        pub unit: T,
        /// As above.
        pub narrow: T,
        /// As above.
        pub word: T,
        /// As above: −1, 0 or 1.
        pub sigma: T,
        /// Number of the operation of a unit or of `narrow`.
        pub op: T,
        /// Cells the program names; 0 where the memory word stands instead.
        pub cells: [T; 3],
        /// Immediate, sign-extended.
        pub imm: Halves<T>,
        /// Where the instruction goes if nothing is computed.
        pub target: T,
        /// Time of the access before, per access.
        pub before: [T; 3],
        /// Value of the first cell: rs1.
        pub first: Halves<T>,
        /// Value of the second cell: rs2, or the word that is loaded from.
        pub second: Halves<T>,
        /// Value of the third cell before: the destination's, or the word that is stored into.
        pub old: Halves<T>,
        /// Value of the third cell after.
        pub new: Halves<T>,
        /// load · (s / 8 + [`crate::cells::READ_ONLY`] or 0)
        pub load_cell: T,
        /// store · s / 8
        pub store_cell: T,
        /// Halves of s.
        pub sum: Halves<T>,
        /// Upper limbs of the halves of s: bits 16–31 and 48–63.
        pub upper: Halves<T>,
        /// Carries (borrows, if sigma = −1) out of the halves of s.
        pub carry: Halves<T>,
        /// Bit 31 of s.
        pub sign: T,
        /// s mod 8
        pub offset: T,
        /// jalr: bit 0 of s.
        pub odd: T,
    }
}
