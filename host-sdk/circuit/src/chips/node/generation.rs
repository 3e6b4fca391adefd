//! How rows of `node` are filled.
