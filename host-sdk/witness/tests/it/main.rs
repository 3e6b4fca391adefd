//! Witnesses of small hand-assembled programs: written, checked, tampered with.

mod assembler;
mod emitting;
mod failures;
mod guest;
mod load_script;
mod replaying;
mod tampering;
mod throughput;
