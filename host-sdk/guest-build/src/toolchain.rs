//! Finds the compiler that guests are built with: `rustc` and `cargo` of one release, the source of that release's
//! standard library, and an LLD.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::process::{find_in_path, output_of, path_variable};

/// Oldest compiler that has all we use: `--remap-path-scope`, and cargo's `-Z json-target-spec`.
const MINIMUM_RELEASE: (u32, u32) = (1, 95);

/// Oldest LLD that knows the relocations today's LLVM writes (`R_RISCV_SET_ULEB128`).
const MINIMUM_LLD: u32 = 17;

/// Where the library source lies in a compiler's sysroot.
const LIBRARY_IN_SYSROOT: &str = "lib/rustlib/src/rust/library";

/// Where a toolchain was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `ZKVM_RUSTC`, `ZKVM_CARGO`, `ZKVM_RUST_SRC`.
    Environment,
    /// The `rustc` in `PATH`; under rustup that is the active toolchain.
    Active,
    /// A distribution's packages in `/usr`.
    System,
}

/// All that building a guest needs from outside.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// The compiler.
    pub rustc: PathBuf,
    /// Its cargo.
    pub cargo: PathBuf,
    /// Source of its standard library: the folder that contains `std`.
    pub library: PathBuf,
    /// An LLD.
    pub linker: PathBuf,
    /// Where it was found.
    pub origin: Origin,
    /// Release, such as `1.96.0`.
    pub release: String,
    /// What `rustc -vV` prints: the identity of the compiler.
    pub verbose_version: String,
}

/// Why there is no toolchain.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// No `rustc`.
    #[error("no Rust compiler found in PATH or /usr; run `cargo zkvm toolchain install`")]
    NoCompiler,
    /// Compilers, but none with its source.
    #[error("rustc {release} ({}) has no library source; run `cargo zkvm toolchain install`", rustc.display())]
    NoSource {
        /// The first compiler found.
        rustc: PathBuf,
        /// Its release.
        release: String,
    },
    /// Too old.
    #[error("rustc {release} ({}) is too old: guests need 1.95 or later; run `rustup update`", rustc.display())]
    TooOld {
        /// The compiler.
        rustc: PathBuf,
        /// Its release.
        release: String,
    },
    /// Source of another release.
    #[error("the library source in {} is of Rust {source_release}, the compiler is {release}; they must match", library.display())]
    SourceMismatch {
        /// The source.
        library: PathBuf,
        /// Its release.
        source_release: String,
        /// The compiler's release.
        release: String,
    },
    /// No cargo next to the compiler.
    #[error("no cargo belonging to {} found; set ZKVM_CARGO", rustc.display())]
    NoCargo {
        /// The compiler.
        rustc: PathBuf,
    },
    /// A variable that is not what it should be.
    #[error("{variable} is {}: no usable compiler or library source there", path.display())]
    BadOverride {
        /// The variable.
        variable: &'static str,
        /// Its value.
        path: PathBuf,
    },
    /// No linker.
    #[error("no lld of version 17 or later found; run `cargo zkvm toolchain install` or set ZKVM_LINKER")]
    NoLinker,
}

impl Toolchain {
    /// Looks, in this order, at the `ZKVM_*` variables, the active compiler, and the distribution's packages.
    ///
    /// # Errors
    /// If none of them is complete; the message names the one command that helps.
    pub fn find() -> Result<Self, ToolchainError> {
        if let Some(rustc) = path_variable("ZKVM_RUSTC") {
            let compiler = Compiler::at(&rustc, Origin::Environment)
                .ok_or(ToolchainError::BadOverride { variable: "ZKVM_RUSTC", path: rustc })?;
            return compiler.complete();
        }
        let active = find_in_path("rustc").and_then(|rustc| Compiler::at(&rustc, Origin::Active));
        let system = Compiler::at(Path::new("/usr/bin/rustc"), Origin::System);
        let mut first_error = None;
        for compiler in [active, system].into_iter().flatten() {
            match compiler.complete() {
                Ok(toolchain) => return Ok(toolchain),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        Err(first_error.unwrap_or(ToolchainError::NoCompiler))
    }

    /// The compiler's host target, such as `x86_64-unknown-linux-gnu`.
    pub fn host(&self) -> &str {
        field(&self.verbose_version, "host").unwrap_or_default()
    }

    /// Commit the compiler was built from, or its release if it does not say.
    pub(crate) fn commit(&self) -> &str {
        field(&self.verbose_version, "commit-hash").filter(|hash| *hash != "unknown").unwrap_or(&self.release)
    }
}

/// A compiler of which nothing else is known yet.
struct Compiler {
    rustc: PathBuf,
    sysroot: PathBuf,
    release: String,
    verbose_version: String,
    origin: Origin,
}

impl Compiler {
    fn at(rustc: &Path, origin: Origin) -> Option<Self> {
        let verbose_version = output_of(rustc, &["-vV"])?;
        let release = field(&verbose_version, "release")?.to_owned();
        let sysroot = PathBuf::from(output_of(rustc, &["--print", "sysroot"])?.trim_end());
        // Behind rustup's proxy lies the compiler itself, which does not change with the working directory.
        let real = sysroot.join("bin/rustc");
        let rustc = if origin == Origin::Active && real.is_file() { real } else { rustc.to_owned() };
        Some(Self { rustc, sysroot, release, verbose_version, origin })
    }

    fn complete(self) -> Result<Toolchain, ToolchainError> {
        let Self { rustc, sysroot, release, verbose_version, origin } = self;
        if parse_release(&release).is_none_or(|found| found < MINIMUM_RELEASE) {
            return Err(ToolchainError::TooOld { rustc, release });
        }
        let library = match path_variable("ZKVM_RUST_SRC") {
            Some(path) => find_library(&path).ok_or(ToolchainError::BadOverride { variable: "ZKVM_RUST_SRC", path })?,
            None => find_library(&sysroot.join(LIBRARY_IN_SYSROOT))
                .ok_or_else(|| ToolchainError::NoSource { rustc: rustc.clone(), release: release.clone() })?,
        };
        if let Some(source_release) = source_release(&library).filter(|found| *found != release) {
            return Err(ToolchainError::SourceMismatch { library, source_release, release });
        }
        let cargo = match path_variable("ZKVM_CARGO") {
            Some(cargo) => cargo,
            None => Some(sysroot.join("bin/cargo"))
                .filter(|cargo| cargo.is_file())
                .ok_or_else(|| ToolchainError::NoCargo { rustc: rustc.clone() })?,
        };
        let linker = find_linker(&sysroot).ok_or(ToolchainError::NoLinker)?;
        Ok(Toolchain { rustc, cargo, library, linker, origin, release, verbose_version })
    }
}

/// The folder that contains `std`: `path` itself, or its `library`. Symbolic links are resolved, so that a path names
/// the source of one release.
fn find_library(path: &Path) -> Option<PathBuf> {
    [path.to_owned(), path.join("library")]
        .into_iter()
        .find(|library| library.join("std/Cargo.toml").is_file())
        .and_then(|library| library.canonicalize().ok())
}

/// The release of a whole source tree. rustup's `rust-src` has no version file, and belongs to the compiler it lies in.
fn source_release(library: &Path) -> Option<String> {
    let version = fs::read_to_string(library.join("../src/version")).ok()?;
    Some(version.trim().to_owned())
}

fn find_linker(sysroot: &Path) -> Option<PathBuf> {
    if let Some(linker) = path_variable("ZKVM_LINKER") {
        return Some(linker);
    }
    let rustup = path_variable("RUSTUP_HOME").or_else(|| Some(env::home_dir()?.join(".rustup")));
    let shipped = shipped_linkers(sysroot);
    let versioned = (MINIMUM_LLD..MINIMUM_LLD + 20).rev().map(|version| format!("ld.lld-{version}"));
    let installed = ["rust-lld", "ld.lld", "lld"].map(str::to_owned).into_iter().chain(versioned);
    let of_other_toolchains = rustup.iter().flat_map(|home| folders(&home.join("toolchains")));
    shipped
        .into_iter()
        .chain(installed.filter_map(|name| find_in_path(&name)))
        .chain(of_other_toolchains.flat_map(|toolchain| shipped_linkers(&toolchain)))
        .find(|linker| lld_version(linker).is_some_and(|version| version >= MINIMUM_LLD))
}

/// `rust-lld` as rustup's toolchains have it.
fn shipped_linkers(sysroot: &Path) -> Vec<PathBuf> {
    let targets = folders(&sysroot.join("lib/rustlib"));
    targets.into_iter().map(|target| target.join("bin/rust-lld")).filter(|linker| linker.is_file()).collect()
}

fn folders(parent: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<_> = fs::read_dir(parent).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    folders.sort();
    folders
}

/// Major version of an LLD; `None` if it is something else.
pub(crate) fn lld_version(linker: &Path) -> Option<u32> {
    let text = output_of(linker, &["-flavor", "gnu", "--version"])?;
    let version = text.split("LLD ").nth(1)?;
    version.split('.').next()?.parse().ok()
}

/// The value of `name: value` in the output of `rustc -vV`.
pub(crate) fn field<'a>(verbose_version: &'a str, name: &str) -> Option<&'a str> {
    verbose_version.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

fn parse_release(release: &str) -> Option<(u32, u32)> {
    let mut parts = release.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_compared_as_numbers() {
        assert!(parse_release("1.100.0-nightly") > parse_release("1.91.0"));
        assert_eq!(parse_release("nonsense"), None);
    }

    #[test]
    fn fields_of_the_verbose_version_are_found() {
        let text = "rustc 1.96.0\nrelease: 1.96.0\nhost: x86_64-unknown-linux-gnu\n";
        assert_eq!(field(text, "host"), Some("x86_64-unknown-linux-gnu"));
        assert_eq!(field(text, "commit-hash"), None);
    }

    #[test]
    fn a_library_is_found_in_the_source_tree_or_named_itself() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("library/std")).unwrap();
        fs::write(folder.path().join("library/std/Cargo.toml"), "").unwrap();
        let library = folder.path().join("library").canonicalize().unwrap();
        assert_eq!(find_library(folder.path()), Some(library.clone()));
        assert_eq!(find_library(&library), Some(library));
        assert_eq!(find_library(&folder.path().join("elsewhere")), None);
    }
}
