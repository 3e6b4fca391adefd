//! Program → [`Rom`]: ahead-of-time translation of RV64IMA to instrumented x86-64 code, and the run that executes it once
//! and writes the minimal trace. The only crate of the host side with `unsafe`.

pub mod native;
pub mod rom;
mod run;

pub use native::NativeError;
pub use rom::{Rom, RomError, TranslateOptions};
pub use run::{Engine, Run, RunError, RunOptions, ScopeTotal, Stream, run, run_traced};
