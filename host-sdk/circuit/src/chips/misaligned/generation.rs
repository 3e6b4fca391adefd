//! How rows of `misaligned` are filled.
