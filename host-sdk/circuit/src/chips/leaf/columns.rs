//! Columns of `leaf`.

use crate::bus::{DIGEST, HASH_INPUTS};
use crate::cells::LEAF_CELLS;
use crate::columns::columns;

const CELLS: usize = LEAF_CELLS as usize;

columns! {
    /// Columns of `leaf`.
    pub struct LeafColumns<T> {
        /// 1 on a used row.
        pub real: T,
        /// 1 if the words change.
        pub changed: T,
        /// Number of the leaf; its cells are 4·`index` … 4·`index` + 3.
        pub index: T,
        /// First leaf of the region it lies in.
        pub first: T,
        /// Last leaf of the region.
        pub last: T,
        /// 1 if the region is read-only.
        pub read_only: T,
        /// 1 if the region is the input: its words are range-checked here.
        pub input: T,
        /// (`index` − `first`) mod 2^16.
        pub low_from_first: T,
        /// (`last` − `index`) mod 2^16.
        pub low_to_last: T,
        /// hash(leaf, `old`).
        pub old_digest: [T; DIGEST],
        /// hash(leaf, `new`).
        pub new_digest: [T; DIGEST],
        /// Halves of the words before the segment, low halves first.
        pub old: [T; HASH_INPUTS],
        /// Halves of the words after the segment.
        pub new: [T; HASH_INPUTS],
        /// Time at which each cell is filled with its old word: before its first access.
        pub first_times: [T; CELLS],
        /// Time of each cell's last access.
        pub last_times: [T; CELLS],
    }
}
