//! What lies under a guest's `main`: entry, heap, system calls, input and output, randomness, `memcpy` and friends.
//!
//! Everything is reached through C symbols, so that Rust with and without `std`, and C, link the same runtime:
//!
//! | symbols | used by | module |
//! |---|---|---|
//! | `_start` | the loader | `start` |
//! | `read_input`, `write_output`, `zkvm_exit` | `zkvm-guest-std`, C (`zkvm.h`) | `io`, `system` |
//! | `sys_*` | the `zkvm` platform layer of Rust's `std` | `platform` |
//! | `__getrandom_*`, `sys_rand` | the `getrandom` crates, `HashMap` | `random` |
//! | `malloc` … `abort` | C | `c` |
//! | `memcpy` … `strlen` | compilers | `memory` |
//!
//! There is one hart and no interrupt: the atomics here only make plain statics safe, they compile to loads and stores.
#![no_std]

#[cfg(any(feature = "dlmalloc", feature = "bump"))]
mod c;
mod environment;
mod heap;
mod io;
mod memory;
mod platform;
mod random;
mod start;
mod system;
