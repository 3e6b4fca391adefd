//! A program in C: `main` and all else is in `perft.c` and `board.c`, which the build script compiles and links.
#![no_main]

// Entry, heap and the C functions of `zkvm.h`.
use zkvm_guest_std as _;
