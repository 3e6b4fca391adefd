//! Program → [`Rom`]: ahead-of-time translation of RV64IMA to instrumented x86-64 code, and the run that executes it once
//! and writes the minimal trace. The only crate of the host side with `unsafe`.
//!
//! ```no_run
//! use zkvm_machine::{Input, Program};
//! use zkvm_translator::{Engine, Rom, RunOptions, TranslateOptions, run};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let program = Program::from_elf(&std::fs::read("guest.elf")?)?;
//! let rom = Rom::translate(&program, &TranslateOptions::default());
//! let mut console = |_, text: &[u8]| eprint!("{}", String::from_utf8_lossy(text));
//! let run = run(&program, Engine::Native(&rom), &Input::new(*b"input")?, &mut RunOptions::new(&mut console))?;
//! println!("{:?} after {} steps", run.outcome, run.steps());
//! # Ok(())
//! # }
//! ```

#![cfg_attr(
    not(all(target_arch = "x86_64", target_os = "linux")),
    allow(dead_code, unused_imports, reason = "code is translated on every host, but entered on one kind only")
)]

mod blocks;
mod emit;
mod engine;
mod layout;
mod listing;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[path = "native/mod.rs"]
mod native;
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
#[path = "native/unsupported.rs"]
mod native;
mod native_error;
mod options;
mod registers;
mod replay;
mod rom;
mod run;
mod tiles;

pub use listing::listing;
pub use native::{log_buffers, native_support};
pub use native_error::NativeError;
pub use options::{MapChoice, Mode, TranslateOptions};
pub use replay::Replayer;
pub use rom::{Rom, RomError};
pub use run::{Engine, Run, RunError, RunOptions, ScopeTotal, Stream, run, run_traced};
pub use tiles::{Tile, TileColumn, TileRow};
