//! How rows of `multiply` are filled.
