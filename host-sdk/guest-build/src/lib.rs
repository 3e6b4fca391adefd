//! Builds guests: finds a Rust compiler with library source, builds `std` and the guest runtime once into a shared
//! cache, and runs cargo so that a plain `fn main()` project becomes a guest ELF.
//!
//! ```no_run
//! use zkvm_guest_build::{BuildOptions, build};
//!
//! let elves = build(&BuildOptions::new("path/to/guest"), &mut |step| eprintln!("{step}"))?;
//! println!("{}", elves[0].path.display());
//! # Ok::<(), zkvm_guest_build::BuildError>(())
//! ```
//!
//! A host crate that wants its guest built along calls [`build_guest`] from its build script.

mod build;
mod build_script;
mod c;
mod cache;
mod cargo;
mod doctor;
mod install;
mod process;
mod profile;
mod project;
mod runtime;
mod sysroot;
mod toolchain;

pub use build::{BuildError, BuildOptions, GuestElf, build};
pub use build_script::{BuildScriptError, build_guest, build_guest_with};
pub use c::CCompiler;
pub use cache::{CacheError, cache_dir};
pub use doctor::{Check, Status, doctor};
pub use install::{InstallError, install};
pub use project::{Allocator, ProjectError};
pub use sysroot::{SysrootError, TARGET_NAME, Target, sysroot};
pub use toolchain::{Origin, Toolchain, ToolchainError};

/// What is being done, for those who wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Another process is building the same; waiting for it.
    Waiting,
    /// Building `std` for the guest target, once per compiler.
    BuildingStd,
    /// Building the guest runtime, once per compiler and allocator.
    BuildingRuntime(Allocator),
    /// A command of the system is being run.
    Running(String),
}

impl std::fmt::Display for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Waiting => write!(f, "waiting for another build of the guest toolchain"),
            Self::BuildingStd => write!(f, "building std for {TARGET_NAME} (once per compiler)"),
            Self::BuildingRuntime(allocator) => write!(f, "building the guest runtime (allocator: {allocator})"),
            Self::Running(command) => write!(f, "running `{command}`"),
        }
    }
}
