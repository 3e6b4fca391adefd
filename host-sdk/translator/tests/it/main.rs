//! The translator against the reference semantics.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod compare;
mod instructions;
mod random;
mod traps;
