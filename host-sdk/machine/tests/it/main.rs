//! The machine against the manual, broken files, and qemu.
#![allow(clippy::unwrap_used, reason = "tests")]

mod decoding;
mod elf;
mod qemu;
