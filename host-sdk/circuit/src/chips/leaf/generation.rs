//! How rows of `leaf` are filled.
