//! Guests are built as users build them, and run on the reference machine.

// clippy.toml allows these in tests, but does not see helper functions of test crates as such.
#![allow(clippy::unwrap_used)]

mod guests;
mod projects;
mod support;
