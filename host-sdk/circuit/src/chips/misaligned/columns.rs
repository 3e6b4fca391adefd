//! Columns of `misaligned`.

use crate::columns::columns;
use crate::field::Halves;

columns! {
    /// Columns of `misaligned`. s = rs1 + imm is the address; *first* and *second* are the words in memory at s / 8 and
    /// s / 8 + 1.
    pub struct MisalignedColumns<T> {
        /// 2 bytes.
        pub half: T,
        /// 4 bytes.
        pub word: T,
        /// 8 bytes. A used row has one of the three.
        pub double: T,
        /// 1: a store; 0: a load.
        pub store: T,
        /// The rest of the operation's number: 4 for a narrow load that fills with zeros, 8 for a narrow store, else 0.
        pub extra: T,
        /// Time of the first access; the others are at `time` + 1 to + 3.
        pub time: T,
        /// Address of the instruction.
        pub pc: T,
        /// Cells the program names: rs1, rs2 (load: 0), rd (store: 0).
        pub cells: [T; 3],
        /// Immediate, sign-extended.
        pub imm: Halves<T>,
        /// Time of the access before: of rs1, of rs2 or rd, of the first and the second word.
        pub before: [T; 4],
        /// Value of rs1.
        pub rs1: Halves<T>,
        /// Value of rs2, or of rd before.
        pub old: Halves<T>,
        /// Value of rs2, or of rd after.
        pub new: Halves<T>,
        /// Limbs of s.
        pub address: [T; 2],
        /// s mod 8
        pub offset: T,
        /// 1 if the access reaches into the second word.
        pub crosses: T,
        /// Whether the first and the second word lie in read-only memory.
        pub read_only: [T; 2],
        /// The first word before.
        pub first: Halves<T>,
        /// The second word before; 0 if it is not accessed.
        pub second: Halves<T>,
        /// first >> 8 · offset
        pub lower: Halves<T>,
        /// second << 64 − 8 · offset: `lower` + `upper` are the eight bytes at s.
        pub upper: Halves<T>,
        /// Load: the eight bytes at s. Store: rs2.
        pub source: Halves<T>,
        /// Load: rd after. Store: the eight bytes at s, after.
        pub result: Halves<T>,
        /// Store: lower << 8 · offset, what the first word loses.
        pub first_lost: Halves<T>,
        /// Store: result << 8 · offset, what the first word gains.
        pub first_gained: Halves<T>,
        /// Store: upper >> 64 − 8 · offset, what the second word loses.
        pub second_lost: Halves<T>,
        /// Store: result >> 64 − 8 · offset, what the second word gains.
        pub second_gained: Halves<T>,
    }
}
