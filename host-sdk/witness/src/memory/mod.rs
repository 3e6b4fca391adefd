//! Memory accesses as operations on 8-byte words: taken from steps, sorted across chunks, stitched to a history.

pub(crate) mod image;
pub(crate) mod operation;
pub(crate) mod output;
pub(crate) mod sorter;
pub(crate) mod stitch;
