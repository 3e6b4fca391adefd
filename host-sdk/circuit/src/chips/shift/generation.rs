//! How rows of `shift` are filled.
