//! The runtime crate `zkvm-guest-rt`, built once per compiler and allocator.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cache::{self, IoContext};
use crate::project::Allocator;
use crate::sysroot::{self, SysrootError, TARGET_NAME, Target};
use crate::toolchain::Toolchain;
use crate::{Progress, cargo};

/// Stands in for the repository's root manifest, from which the packages inherit.
const MANIFEST: &str = r#"
[workspace]
members = ["abi", "guest-std/rt"]
resolver = "3"

[workspace.package]
version = "0.1.0"
edition = "2024"
rust-version = "1.95"
license = "MIT OR Apache-2.0"
repository = "https://github.com/zkvm-project/zkvm"

[workspace.lints.rust]
"#;

/// As for `std`. The metadata sets its dependencies apart from the same crates in a guest.
const RUSTFLAGS: [&str; 7] = [
    "-Cembed-bitcode=yes",
    "-Cdebuginfo=line-tables-only",
    "-Ccodegen-units=1",
    "-Cmetadata=zkvm-guest-rt",
    sysroot::ONE_THREAD,
    sysroot::ORDER[0],
    sysroot::ORDER[1],
];

/// A built runtime.
pub(crate) struct Runtime {
    /// Folder of `libzkvm_guest_rt.rlib` and of what it depends on.
    pub folder: PathBuf,
    /// Identity of runtime, `std` and compiler.
    pub key: String,
}

/// The runtime, from the cache or built now.
pub(crate) fn runtime(
    toolchain: &Toolchain,
    target: &Target,
    allocator: Allocator,
    progress: &mut dyn FnMut(Progress),
) -> Result<Runtime, SysrootError> {
    // How it is built stands in this file.
    let settings = [&*target.key, include_str!("runtime.rs"), allocator.name()].map(|text| text.as_bytes().to_vec());
    let sources = cache::embedded_parts("abi").chain(cache::embedded_parts("guest-std/rt"));
    let key = cache::key(settings.into_iter().chain(sources.map(<[u8]>::to_vec)));
    let folder = cache::once(&format!("runtime-{allocator}-{key}"), progress, |folder, progress| {
        progress(Progress::BuildingRuntime(allocator));
        build(toolchain, target, allocator, folder)
    })?;
    Ok(Runtime { folder, key })
}

fn build(toolchain: &Toolchain, target: &Target, allocator: Allocator, folder: &Path) -> Result<(), SysrootError> {
    let work = tempfile::tempdir_in(folder).doing("create a folder in", folder)?;
    let source = work.path().join("source");
    cache::unpack("abi", &source)?;
    cache::unpack("guest-std/rt", &source)?;
    let manifest = source.join("Cargo.toml");
    fs::write(&manifest, MANIFEST).doing("write", &manifest)?;
    if !toolchain.library.join("vendor").is_dir() {
        let lock = source.join("Cargo.lock");
        fs::rename(source.join("guest-std/rt/Cargo.lock"), &lock).doing("write", &lock)?;
    }
    let mut flags: Vec<String> = RUSTFLAGS.map(str::to_owned).to_vec();
    flags.push(format!("--sysroot={}", target.sysroot.display()));
    flags.extend(cargo::remaps(toolchain, &source, "/zkvm"));
    let mut command = cargo::command(toolchain);
    command
        .current_dir(&source)
        .args(["build", "--release", "--package", "zkvm-guest-rt", "--features", allocator.feature(), "--target"])
        .arg(&target.spec)
        .arg(cargo::TARGET_SPEC_OPTION)
        .arg("--target-dir")
        .arg(work.path().join("target"))
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    sysroot::use_vendored_crates(toolchain, &mut command);
    sysroot::run_logged(&mut command, "the runtime", folder)?;
    let built = work.path().join("target").join(TARGET_NAME).join("release");
    sysroot::copy_rlibs(&built.join("deps"), folder)?;
    let rlib = folder.join("libzkvm_guest_rt.rlib");
    fs::copy(built.join("libzkvm_guest_rt.rlib"), &rlib).doing("write", &rlib)?;
    Ok(())
}
