//! How rows of `program` are filled.
