//! How rows of `compare` are filled.
