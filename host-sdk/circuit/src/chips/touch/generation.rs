//! How rows of `touch` are filled.
