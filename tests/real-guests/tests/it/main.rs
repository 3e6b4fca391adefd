//! Real programs, end to end: the same source run natively, as a guest in every engine, by qemu, and replayed.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod agree;
mod outside;
mod proved;
