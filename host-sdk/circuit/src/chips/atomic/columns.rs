//! Columns of `atomic`.

use crate::columns::columns;
use crate::field::Halves;

columns! {
    /// Columns of `atomic`. *A* is the old value in memory and *B* is rs2, both as operands: 8 bytes as they are, 4 bytes in
    /// the high half over a low half of 0.
    pub struct AtomicColumns<T> {
        /// `lr`
        pub lr: T,
        /// `sc`
        pub sc: T,
        /// `amoswap`
        pub swap: T,
        /// `amoadd`
        pub add: T,
        /// `amoand amoor amoxor`
        pub bitwise: T,
        /// `amomin amomax amominu amomaxu`. A used row has one of the six.
        pub pick: T,
        /// 8 bytes.
        pub double: T,
        /// 4 bytes in the high half of the word in memory; without `double` and `high`, in the low half.
        pub high: T,
        /// `sc` that fails: it does not access memory.
        pub refused: T,
        /// Number of the unit's operation.
        pub unit: T,
        /// Time of the first access; the others are at `time` + 1 to + 4.
        pub time: T,
        /// Address of the instruction.
        pub pc: T,
        /// Cells of rs1, rs2, rd.
        pub cells: [T; 3],
        /// Time of the access before: of rs1, rs2, memory, rd, reservation.
        pub before: [T; 5],
        /// Value of rs1.
        pub address: T,
        /// Value of rs2.
        pub rs2: Halves<T>,
        /// `lr`: whether the word lies in read-only memory.
        pub read_only: T,
        /// The word in memory before.
        pub old: Halves<T>,
        /// The word in memory after.
        pub new: Halves<T>,
        /// Value of rd before.
        pub rd_old: Halves<T>,
        /// Value of rd after.
        pub rd_new: Halves<T>,
        /// Limbs of the low half of `rd_new`; for `sc` of address / width.
        pub limbs: [T; 2],
        /// Bit 15 of the upper of them.
        pub sign: T,
        /// First operand of the unit: A; `add`: `value`; `sc`: the reservation before. `lr`: the reservation before.
        pub x: Halves<T>,
        /// Second operand of the unit: B; `add`: `value`; `sc`: address and width.
        pub y: Halves<T>,
        /// Result of the unit. `pick`, `sc`: 0 or 1.
        pub z: Halves<T>,
        /// What is written, as an operand.
        pub value: Halves<T>,
        /// `lr`, `sc`: the reservation after. `add`: carries out of the halves of A + B.
        pub after: Halves<T>,
    }
}
