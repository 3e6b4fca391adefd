//! How rows of `narrow` are filled.
