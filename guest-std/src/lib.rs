//! What a guest uses beyond Rust's own library: typed input and public output, named scopes, exit.
//!
//! ```no_run
//! use zkvm_guest_std::{commit, read};
//!
//! fn main() {
//!     let n: u32 = read();
//!     let (mut a, mut b) = (0_u64, 1_u64);
//!     for _ in 0..n {
//!         (a, b) = (b, a.wrapping_add(b));
//!     }
//!     commit(&a);
//! }
//! ```
//!
//! The same source runs natively: then the input is standard input (or the file named by `ZKVM_INPUT`), the public
//! output goes to the file named by `ZKVM_OUTPUT`, and scopes do nothing.
//!
//! A guest needs none of this: `fn main()`, `println!`, standard input and `std::process::exit` work without it.
#![no_std]

extern crate alloc;

mod entry;
mod io;
mod scope;

#[cfg_attr(target_os = "zkvm", path = "machine.rs")]
#[cfg_attr(not(target_os = "zkvm"), path = "host.rs")]
mod platform;

pub use entry::Termination;
pub use io::{InputError, commit, read, read_input, try_read, write_output};
pub use scope::{scope, scope_begin, scope_end};

/// Ends the program. The exit code is public.
pub fn exit(code: i32) -> ! {
    platform::exit(code)
}

#[doc(hidden)]
#[allow(missing_docs)]
pub mod internal {
    //! What the macros expand to.

    pub use crate::platform::{panic, print};
}

/// Prints a line to standard output, as `println!` does, in programs with and without `std`. A debugging aid: what is printed
/// is neither output nor proved.
#[macro_export]
macro_rules! debug {
    () => { $crate::internal::print(::core::format_args!("\n")) };
    ($($argument:tt)*) => { $crate::internal::print(::core::format_args!("{}\n", ::core::format_args!($($argument)*))) };
}
