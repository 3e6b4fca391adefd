//! The command line as its users meet it: every test runs the binary in a folder of its own.
#![allow(clippy::unwrap_used)]

mod bad_input;
mod files;
mod proofs;
mod proving;
mod run;
mod support;
mod templates;
mod tools;
mod traps;
mod witness;
