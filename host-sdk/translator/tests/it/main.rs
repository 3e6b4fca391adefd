//! The translator against the reference semantics.
#![allow(clippy::unwrap_used, reason = "tests")]
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod compare;
mod corners;
mod instructions;
mod random;
mod replay;
mod traps;
