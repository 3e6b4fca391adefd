//! How rows of `divide` are filled.
