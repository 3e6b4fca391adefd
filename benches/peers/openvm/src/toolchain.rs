//! Finds a compiler with the source of its library, as `cargo zkvm` does: the active one, else a distribution's.
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, iter};

use anyhow::{Context, Result, ensure};

pub struct Toolchain {
    pub rustc: PathBuf,
    pub cargo: PathBuf,
    /// An LLD.
    pub linker: PathBuf,
}

pub fn find() -> Result<Toolchain> {
    ["rustc", "/usr/bin/rustc"]
        .into_iter()
        .find_map(complete)
        .context("no Rust compiler with library source and an LLD; run `cargo zkvm toolchain install`")
}

fn complete(rustc: &str) -> Option<Toolchain> {
    let sysroot = PathBuf::from(output_of(Command::new(rustc).args(["--print", "sysroot"])).ok()?.trim_end());
    let source = sysroot.join("lib/rustlib/src/rust/library/std/Cargo.toml");
    let (rustc, cargo) = (sysroot.join("bin/rustc"), sysroot.join("bin/cargo"));
    let found = source.is_file() && rustc.is_file() && cargo.is_file();
    found.then_some(Toolchain { rustc, cargo, linker: linker(&sysroot)? })
}

/// `rust-lld` of this toolchain or of one of rustup's, or an installed LLD.
fn linker(sysroot: &Path) -> Option<PathBuf> {
    let rustup = env::var_os("RUSTUP_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".rustup")));
    let toolchains = iter::once(sysroot.to_owned()).chain(folders(rustup?.join("toolchains")));
    let shipped =
        toolchains.flat_map(|root| folders(root.join("lib/rustlib"))).map(|target| target.join("bin/rust-lld"));
    let installed = env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join("ld.lld")).collect::<Vec<_>>();
    shipped.chain(installed).find(|linker| linker.is_file())
}

fn folders(parent: PathBuf) -> impl Iterator<Item = PathBuf> {
    parent.read_dir().into_iter().flatten().flatten().map(|entry| entry.path())
}

/// What a program that succeeds prints; its standard error is shown.
pub fn output_of(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("cannot run {:?}", command.get_program()))?;
    ensure!(output.status.success(), "{command:?} failed: {}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}
