//! For build scripts of host crates: the guest is built along with its host, and its ELF's path handed to the host's
//! code.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::project::Project;
use crate::{BuildError, BuildOptions, GuestElf, build};

/// Settings that change what is built.
const VARIABLES: [&str; 8] = [
    "RA_RUSTC_WRAPPER",
    "ZKVM_CACHE_DIR",
    "ZKVM_CARGO",
    "ZKVM_CC",
    "ZKVM_GUEST_SKIP",
    "ZKVM_RUSTC",
    "ZKVM_RUSTFLAGS",
    "ZKVM_RUST_SRC",
];

/// Why a build script could not build its guest.
#[derive(Debug, thiserror::Error)]
pub enum BuildScriptError {
    /// The build.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Not called from a build script.
    #[error("OUT_DIR is not set: this function is for build scripts")]
    NoOutDir,
    /// The file system refused.
    #[error("cannot write {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Builds the guest at `path`, relative to the crate whose build script calls this, and hands its ELF to the crate:
///
/// ```no_run
/// // build.rs
/// fn main() -> Result<(), zkvm_guest_build::BuildScriptError> {
///     zkvm_guest_build::build_guest("../guest")?;
///     Ok(())
/// }
/// ```
/// ```ignore
/// // src/main.rs, for a guest whose binary is called `fib-guest`
/// const GUEST: &[u8] = include_bytes!(env!("ZKVM_GUEST_FIB_GUEST_ELF"));
/// ```
///
/// The build script runs again only when a file changes that the guest was built from. The guest is built inside
/// `OUT_DIR`, whose lock is nobody else's. Under rust-analyzer nothing is built and the ELF is empty.
///
/// # Errors
/// If the guest does not build.
pub fn build_guest(path: impl AsRef<Path>) -> Result<Vec<GuestElf>, BuildScriptError> {
    build_guest_with(BuildOptions { quiet: true, ..BuildOptions::new(path.as_ref()) })
}

/// As [`build_guest`], with options.
///
/// # Errors
/// If the guest does not build.
pub fn build_guest_with(mut options: BuildOptions) -> Result<Vec<GuestElf>, BuildScriptError> {
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").ok_or(BuildScriptError::NoOutDir)?);
    let mut lines: Vec<_> = VARIABLES.iter().map(|name| format!("cargo:rerun-if-env-changed={name}")).collect();
    let project = Project::read(None, &options.path, &options.packages).map_err(BuildError::from)?;
    let elves = if is_analysis() {
        placeholders(&project, &out_dir)?
    } else {
        options.target_dir.get_or_insert_with(|| out_dir.join("zkvm"));
        build(&options, &mut |_| ())?
    };
    lines.extend(inputs(&elves, &project).iter().map(|file| format!("cargo:rerun-if-changed={}", file.display())));
    for elf in &elves {
        lines.push(format!("cargo:rustc-env={}={}", variable(&elf.name), elf.path.display()));
    }
    let text = lines.join("\n") + "\n";
    io::stdout()
        .write_all(text.as_bytes())
        .map_err(|source| BuildScriptError::Io { path: PathBuf::from("standard output"), source })?;
    Ok(elves)
}

/// Whether only types are asked for: rust-analyzer runs build scripts with its own wrapper of `rustc`.
fn is_analysis() -> bool {
    let names_analyzer = |name: &str| env::var(name).is_ok_and(|value| value.contains("rust-analyzer"));
    env::var_os("ZKVM_GUEST_SKIP").is_some()
        || env::var_os("RA_RUSTC_WRAPPER").is_some()
        || names_analyzer("RUSTC_WRAPPER")
        || names_analyzer("RUSTC_WORKSPACE_WRAPPER")
}

/// `ZKVM_GUEST_<NAME>_ELF`.
fn variable(name: &str) -> String {
    format!("ZKVM_GUEST_{}_ELF", name.to_uppercase().replace('-', "_"))
}

/// Empty files in place of the ELFs.
fn placeholders(project: &Project, out_dir: &Path) -> Result<Vec<GuestElf>, BuildScriptError> {
    let mut elves = Vec::new();
    for guest in &project.guests {
        for name in &guest.bins {
            let path = out_dir.join(format!("{name}.placeholder"));
            fs::write(&path, []).map_err(|source| BuildScriptError::Io { path: path.clone(), source })?;
            elves.push(GuestElf { package: guest.package.clone(), name: name.clone(), path });
        }
    }
    Ok(elves)
}

/// The files that the ELFs were built from: sources by cargo's dep-info, the manifests above them, and the lock file.
fn inputs(elves: &[GuestElf], project: &Project) -> BTreeSet<PathBuf> {
    let mut inputs = BTreeSet::new();
    for elf in elves {
        let dep_info = fs::read_to_string(elf.path.with_extension("d")).unwrap_or_default();
        for source in dependencies(&dep_info) {
            inputs
                .extend(source.ancestors().skip(1).map(|folder| folder.join("Cargo.toml")).find(|file| file.is_file()));
            inputs.insert(source);
        }
    }
    let root = &project.workspace_root;
    let of_workspace = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "rust-toolchain.toml"];
    inputs.extend(of_workspace.iter().map(|name| root.join(name)).filter(|file| file.is_file()));
    inputs
}

/// The dependencies in a Makefile rule as cargo writes it: one line, spaces in names escaped.
fn dependencies(dep_info: &str) -> Vec<PathBuf> {
    let Some((_, list)) = dep_info.lines().next().and_then(|line| line.split_once(": ")) else { return Vec::new() };
    let list = list.replace("\\ ", "\0");
    list.split_whitespace().map(|name| PathBuf::from(name.replace('\0', " "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dep_info_names_with_spaces_are_one_file() {
        let found = dependencies("/t/guest: /a/my\\ guest/main.rs /a/lib.rs\n");
        assert_eq!(found, [PathBuf::from("/a/my guest/main.rs"), PathBuf::from("/a/lib.rs")]);
        assert!(dependencies("").is_empty());
    }

    #[test]
    fn variables_are_named_after_binaries() {
        assert_eq!(variable("fib-guest"), "ZKVM_GUEST_FIB_GUEST_ELF");
    }
}
