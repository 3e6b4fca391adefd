//! How rows of `bitwise` are filled.
