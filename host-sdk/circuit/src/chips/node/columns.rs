//! Columns of `node`.

use crate::bus::DIGEST;
use crate::columns::columns;

columns! {
    /// Columns of `node`.
    pub struct NodeColumns<T> {
        /// 1 on a used row.
        pub real: T,
        /// 1 on the row of the root: the first one.
        pub root: T,
        /// 1 if the segment changes the subtree.
        pub changed: T,
        /// 1 if the left child is opened.
        pub open_left: T,
        /// 1 if the right child is opened.
        pub open_right: T,
        /// Levels above the leaves.
        pub height: T,
        /// Number of the node in its level.
        pub index: T,
        /// On the root's row, the time after the segment's last row.
        pub end_time: T,
        /// hash(node, `old_left` ‖ `old_right`).
        pub old: [T; DIGEST],
        /// The left child before the segment.
        pub old_left: [T; DIGEST],
        /// The right child before the segment.
        pub old_right: [T; DIGEST],
        /// hash(node, `new_left` ‖ `new_right`).
        pub new: [T; DIGEST],
        /// The left child after the segment.
        pub new_left: [T; DIGEST],
        /// The right child after the segment.
        pub new_right: [T; DIGEST],
    }
}
