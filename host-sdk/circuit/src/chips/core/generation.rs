//! How rows of `core` are filled.
