//! How rows of `lookup` are filled.
