//! Builds a guest for the zkVM and for the machine at hand. Always alone: built together, packages get the union of
//! the features they want of shared crates, and with it other code.
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use zkvm_guest_build::{BuildOptions, build};

use crate::guests::{Guest, workspace};

/// Beside the target folder's profiles, so that these builds and others do not undo each other.
fn target_dir(of: &str) -> Result<PathBuf> {
    // The executable lies in target/PROFILE or, if it is a test, in target/PROFILE/deps.
    let executable = env::current_exe()?;
    let folders = executable.ancestors().skip(1).find(|folder| !folder.ends_with("deps"));
    let target = folders.and_then(Path::parent).unwrap_or(Path::new("target"));
    Ok(target.join("real-guests").join(of))
}

/// The program for the machine at hand: the release profile and no flags, whatever the environment asks for.
///
/// # Errors
/// It does not build.
pub fn native(guest: &Guest) -> Result<PathBuf> {
    let target_dir = target_dir("native")?;
    let mut command = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    command
        .args(["build", "--quiet", "--release", "--locked", "--package", &guest.package, "--manifest-path"])
        .arg(workspace().join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target_dir)
        .env("CARGO_ENCODED_RUSTFLAGS", "")
        .current_dir(workspace());
    let status = command.status().context("cannot run cargo")?;
    ensure!(status.success(), "the native program does not build");
    Ok(target_dir.join("release").join(&guest.package))
}

/// The guest's ELF.
///
/// # Errors
/// It does not build.
pub fn guest_elf(guest: &Guest) -> Result<Vec<u8>> {
    let path = guest_elf_path(guest)?;
    fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// Where the guest's ELF is, after building it.
///
/// # Errors
/// It does not build.
pub fn guest_elf_path(guest: &Guest) -> Result<PathBuf> {
    let options = BuildOptions {
        packages: vec![guest.package.clone()],
        target_dir: Some(target_dir("guests")?),
        locked: true,
        quiet: true,
        ..BuildOptions::new(workspace())
    };
    let elves = build(&options, &mut |_| ())?;
    Ok(elves.into_iter().next().context("the package has no program")?.path)
}
