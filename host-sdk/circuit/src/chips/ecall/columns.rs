//! Columns of `ecall`.

use crate::columns::columns;
use crate::field::Halves;

columns! {
    /// Columns of `ecall`. A used row is either `write` or `exit`.
    pub struct EcallColumns<T> {
        /// The system call is `write`.
        pub write: T,
        /// The system call is `exit`.
        pub exit: T,
        /// Time of the first access; the others are at `time` + 1 and + 2.
        pub time: T,
        /// Address of the instruction.
        pub pc: T,
        /// `write`: pc + 4. `exit`: [`crate::cells::HALTED`].
        pub next_pc: T,
        /// Time of the access before: of a7, a0 and a2.
        pub before: [T; 3],
        /// a0 before.
        pub old: Halves<T>,
        /// a0 after. `write`: also the value of a2.
        pub new: Halves<T>,
    }
}
