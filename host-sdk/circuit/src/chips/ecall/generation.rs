//! How rows of `ecall` are filled.
