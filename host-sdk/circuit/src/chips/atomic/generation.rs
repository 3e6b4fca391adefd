//! How rows of `atomic` are filled.
