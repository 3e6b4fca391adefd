//! Program → [`Rom`]: ahead-of-time translation of RV64IMA to instrumented x86-64 code, and the run that executes it once
//! and writes the minimal trace. The only crate of the host side with `unsafe`.

mod blocks;
mod emit;
mod layout;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[path = "native/mod.rs"]
mod native;
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
#[path = "native/unsupported.rs"]
mod native;
mod native_error;
mod registers;
mod rom;
mod run;

pub use native::{log_buffers, native_support};
pub use native_error::NativeError;
pub use rom::{Mode, Rom, RomError, TranslateOptions};
pub use run::{Engine, Run, RunError, RunOptions, ScopeTotal, Stream, run, run_traced};
