//! Witnesses of small hand-assembled programs: written, checked, tampered with.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod assembler;
mod emitting;
mod failures;
mod guest;
mod load_script;
mod replaying;
mod tampering;
mod throughput;
