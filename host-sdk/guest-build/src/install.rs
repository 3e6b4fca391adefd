//! Gets a compiler with library source: rustup's component, or a distribution's packages.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;

use crate::process::{self, Command, find_in_path, output_of};
use crate::toolchain::field;
use crate::{Progress, Toolchain, ToolchainError};

/// Debian's compiler that keeps up with upstream, and its source. The linker comes after, see [`install`].
const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

/// Why there still is no toolchain.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// Neither way is open.
    #[error("no way to install: there is neither rustup nor apt-get; install rustup from https://rustup.rs")]
    NoWay,
    /// We are not allowed to.
    #[error("installing packages needs root; run `{command}`")]
    NeedsRoot {
        /// What to run.
        command: String,
    },
    /// A command could not be run.
    #[error("cannot run `{command}`")]
    Run {
        /// The command.
        command: String,
        /// What the system said.
        source: io::Error,
    },
    /// A command failed, and said why.
    #[error("`{command}` failed")]
    Failed {
        /// The command.
        command: String,
    },
    /// All commands succeeded, and still something is missing.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
}

/// Makes [`Toolchain::find`] succeed: by `rustup component add rust-src`, or else by Debian's packages. The commands'
/// output goes to standard error. What is there already is left alone.
///
/// # Errors
/// If neither works; the message says what to do by hand.
pub fn install(progress: &mut dyn FnMut(Progress)) -> Result<Toolchain, InstallError> {
    let wants_source = match Toolchain::find() {
        Ok(toolchain) => return Ok(toolchain),
        Err(ToolchainError::NoCompiler | ToolchainError::NoSource { .. }) => true,
        Err(ToolchainError::NoLinker) => false,
        // A setting or a version that only the user can change.
        Err(other) => return Err(other.into()),
    };
    if wants_source && let Some(rustup) = find_in_path("rustup") {
        let added = run(&words(&[&rustup.to_string_lossy(), "component", "add", "rust-src"]), progress);
        if added.is_ok()
            && let Ok(toolchain) = Toolchain::find()
        {
            return Ok(toolchain);
        }
    }
    if find_in_path("apt-get").is_none() {
        return Err(InstallError::NoWay);
    }
    if wants_source {
        apt_get(&DEBIAN_PACKAGES, progress)?;
    }
    // The packages' own `rust-lld` is a link to the LLD of their LLVM, which they only suggest.
    if let Err(ToolchainError::NoLinker) = Toolchain::find() {
        apt_get(&[&debian_lld()], progress)?;
    }
    Ok(Toolchain::find()?)
}

/// The package with the LLD of the compiler's LLVM.
fn debian_lld() -> String {
    output_of(&PathBuf::from("/usr/bin/rustc"), &["-vV"])
        .and_then(|text| Some(format!("lld-{}", field(&text, "LLVM version")?.split('.').next()?)))
        .unwrap_or_else(|| "lld".to_owned())
}

fn apt_get(packages: &[&str], progress: &mut dyn FnMut(Progress)) -> Result<(), InstallError> {
    let mut command = words(&["apt-get", "install", "--yes", "--no-install-recommends"]);
    command.extend(packages.iter().map(|package| (*package).to_owned()));
    let is_root = output_of(&PathBuf::from("id"), &["-u"]).is_some_and(|id| id.trim() == "0");
    if !is_root {
        // Only a sudo that asks for no password: nobody may be there to type one.
        let may_sudo = find_in_path("sudo").is_some_and(|sudo| output_of(&sudo, &["-n", "true"]).is_some());
        command.insert(0, "sudo".to_owned());
        if !may_sudo {
            return Err(InstallError::NeedsRoot { command: command.join(" ") });
        }
    }
    run(&command, progress)
}

fn run(command: &[String], progress: &mut dyn FnMut(Progress)) -> Result<(), InstallError> {
    let text = command.join(" ");
    progress(Progress::Running(text.clone()));
    let [program, arguments @ ..] = command else { return Err(InstallError::NoWay) };
    let mut child = Command::new(program);
    // Standard output may be what the caller prints for other programs to read.
    child.args(arguments).stdout(Stdio::from(io::stderr()));
    match process::run(&mut child) {
        Ok(true) => Ok(()),
        Ok(false) => Err(InstallError::Failed { command: text }),
        Err(source) => Err(InstallError::Run { command: text, source }),
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
