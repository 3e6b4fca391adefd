//! The programs of `tests/guests`, built as guests and natively: what end-to-end tests and benchmarks share.
//!
//! ```no_run
//! for guest in zkvm_real_guests::select(&["fib".to_owned()])? {
//!     let elf = zkvm_real_guests::guest_elf(&guest)?;
//!     let input = guest.test_input.bytes()?;
//! }
//! # Ok::<(), anyhow::Error>(())
//! ```

mod builds;
mod guests;

pub use builds::{guest_elf, guest_elf_path, native};
pub use guests::{Guest, GuestInput, select, workspace};
