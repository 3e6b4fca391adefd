//! How rows of `poseidon2` are filled.
