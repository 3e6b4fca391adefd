//! `std` for the guest target, built from the compiler's own source, once per compiler.
//!
//! The source is not copied but mirrored by symbolic links into a workspace of ours, with two changes (see [`PATCHES`]).
//! Building inside one workspace makes the result independent of where the source lies: cargo names crates by their
//! path relative to the workspace.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::cache::{self, CacheError, IoContext};
use crate::toolchain::Toolchain;
use crate::{Progress, cargo, process};

/// Name of the guest target.
pub const TARGET_NAME: &str = "riscv64ima-zk-zkvm-elf";

/// Bitcode is for guests built with LTO; the debug information gives the host symbols, lines and unwind tables for all
/// of `std`. One codegen unit per crate: fewer steps, and the same code whatever the machine.
const RUSTFLAGS: [&str; 7] = [
    "-Zforce-unstable-if-unmarked",
    "-Cembed-bitcode=yes",
    "-Cdebuginfo=line-tables-only",
    "-Ccodegen-units=1",
    ONE_THREAD,
    ORDER[0],
    ORDER[1],
];

/// A guest has one thread, so atomic operations become plain ones: cheaper to run, and a segment without instructions of
/// the `A` extension needs no table for them. What a guest writes in assembly stays.
pub(crate) const ONE_THREAD: &str = "-Cpasses=lower-atomic";

/// LLVM orders instructions by how long a processor would wait for their operands, and so keeps more values at once than there
/// are registers. Here each instruction costs a step, whatever its order, so that it is the number of values that counts. Measured: 29 %
/// fewer steps for k256, 13 % for an Ethereum VM, 8 % for SHA-256, 3 % for Keccak; within 0.5 % for the other programs of the benchmark.
pub(crate) const ORDER: [&str; 2] = ["-Cllvm-args=-enable-misched=false", "-Cllvm-args=-pre-RA-sched=list-burr"];

/// What is built: only `std`, which brings `core`, `alloc` and `panic_abort`.
const MANIFEST: &str = r#"
[package]
name = "zkvm-sysroot"
version = "0.0.0"
edition = "2024"

[lib]
path = "lib.rs"

[dependencies]
std = { path = "std" }

[profile.release.package.compiler_builtins]
codegen-units = 10000

[patch.crates-io]
rustc-std-workspace-core = { path = "rustc-std-workspace-core" }
rustc-std-workspace-alloc = { path = "rustc-std-workspace-alloc" }
rustc-std-workspace-std = { path = "rustc-std-workspace-std" }
"#;

/// A change to a file of the library. Where `find` does not occur, that compiler's `std` is used as it is.
struct Patch {
    file: &'static str,
    find: &'static str,
    replace: &'static str,
}

/// Upstream has no exit on this platform (`std::process::exit` would be an illegal instruction whatever the code), and
/// aborts by an illegal instruction, which could not be told from a wild jump.
const PATCHES: [Patch; 2] = [
    Patch {
        file: "std/src/sys/exit.rs",
        find: "pub fn exit(code: i32) -> ! {\n",
        replace: "pub fn exit(code: i32) -> ! {\n    if cfg!(target_os = \"zkvm\") {\n        \
                  unsafe extern \"C\" { fn zkvm_exit(code: i32) -> !; }\n        unsafe { zkvm_exit(code) }\n    }\n",
    },
    Patch {
        file: "std/src/sys/pal/zkvm/mod.rs",
        find: "core::intrinsics::abort();",
        replace: "unsafe extern \"C\" { fn zkvm_abort() -> !; }\n    unsafe { zkvm_abort() }",
    },
];

/// Everything besides the runtime that guests are compiled against.
#[derive(Clone, Debug)]
pub struct Target {
    /// The target spec, a JSON file.
    pub spec: PathBuf,
    /// The linker script.
    pub linker_script: PathBuf,
    /// The folder of `zkvm.h`.
    pub include: PathBuf,
    /// The sysroot with `std`.
    pub sysroot: PathBuf,
    /// The script that cargo runs instead of `rustc`.
    pub(crate) wrapper: PathBuf,
    /// Identity of compiler, target and `std`.
    pub(crate) key: String,
}

/// Why `std` or the runtime could not be built.
#[derive(Debug, thiserror::Error)]
pub enum SysrootError {
    /// The cache.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// Cargo could not be run.
    #[error("cannot run {}", program.display())]
    Run {
        /// The cargo.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Cargo failed.
    #[error("building {what} for the guest target failed; what cargo said is in {}", log.display())]
    Build {
        /// What was built.
        what: &'static str,
        /// Cargo's output.
        log: PathBuf,
    },
}

/// The target's files and its `std`, from the cache or built now.
///
/// # Errors
/// If the cache is not writable or `std` does not build.
pub fn sysroot(toolchain: &Toolchain, progress: &mut dyn FnMut(Progress)) -> Result<Target, SysrootError> {
    let support = support(progress)?;
    let spec = support.join(format!("target-specs/{TARGET_NAME}.json"));
    let spec_text = fs::read_to_string(&spec).doing("read", &spec)?;
    let library = toolchain.library.to_string_lossy();
    // How std is built stands in these two files.
    let how = [include_str!("sysroot.rs"), include_str!("cargo.rs")];
    let key = cache::key([&*toolchain.verbose_version, &library, &spec_text].into_iter().chain(how));
    let sysroot = cache::once(&format!("std-{}-{key}", toolchain.release), progress, |folder, progress| {
        progress(Progress::BuildingStd);
        build_std(toolchain, &spec, folder)
    })?;
    Ok(Target {
        linker_script: support.join("target-specs/zkvm.ld"),
        include: support.join("guest-std/include"),
        wrapper: support.join("rustc-wrapper.sh"),
        spec,
        sysroot,
        key,
    })
}

/// The small files: target spec, linker script, C header, wrapper.
fn support(progress: &mut dyn FnMut(Progress)) -> Result<PathBuf, CacheError> {
    const WRAPPER: &str = include_str!("rustc-wrapper.sh");
    let parts = cache::embedded_parts("target-specs").chain(cache::embedded_parts("guest-std/include"));
    let key = cache::key(parts.chain([WRAPPER.as_bytes()]));
    cache::once(&format!("support-{key}"), progress, |folder, _| {
        cache::unpack("target-specs", folder)?;
        cache::unpack("guest-std/include", folder)?;
        let wrapper = folder.join("rustc-wrapper.sh");
        fs::write(&wrapper, WRAPPER).doing("write", &wrapper)?;
        fs::set_permissions(&wrapper, Permissions::from_mode(0o755)).doing("make executable", &wrapper)
    })
}

fn build_std(toolchain: &Toolchain, spec: &Path, folder: &Path) -> Result<(), SysrootError> {
    let work = tempfile::tempdir_in(folder).doing("create a folder in", folder)?;
    let workspace = work.path().join("library");
    mirror(&toolchain.library, Path::new(""), &workspace)?;
    write_manifest(&workspace)?;
    let target = work.path().join("target");
    let mut flags: Vec<String> = RUSTFLAGS.map(str::to_owned).to_vec();
    flags.extend(cargo::remaps(toolchain, &workspace, &format!("/rustc/{}/library", toolchain.commit())));
    let mut command = cargo::command(toolchain);
    command
        .current_dir(&workspace)
        .args(["build", "--release", "--package", "std", "--target"])
        .arg(spec)
        .arg(cargo::TARGET_SPEC_OPTION)
        .arg("--target-dir")
        .arg(&target)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .env("__CARGO_DEFAULT_LIB_METADATA", "zkvm-sysroot");
    use_vendored_crates(toolchain, &mut command);
    run_logged(&mut command, "std", folder)?;
    let rlibs = folder.join("lib/rustlib").join(TARGET_NAME).join("lib");
    copy_rlibs(&target.join(TARGET_NAME).join("release/deps"), &rlibs)?;
    Ok(())
}

/// Where the source carries the crates that `std` depends on, nothing is downloaded.
pub(crate) fn use_vendored_crates(toolchain: &Toolchain, command: &mut process::Command) {
    let vendor = toolchain.library.join("vendor");
    if vendor.is_dir() {
        let folder = toml::Value::from(vendor.to_string_lossy().into_owned());
        command
            .args(["--offline", "--config", "source.crates-io.replace-with='zkvm-vendored'", "--config"])
            .arg(format!("source.zkvm-vendored.directory={folder}"));
    }
}

/// Links what is in `source`/`name` into `to`/`name`, and writes the files that [`PATCHES`] change.
fn mirror(source: &Path, name: &Path, to: &Path) -> Result<(), CacheError> {
    let folder = source.join(name);
    fs::create_dir_all(to.join(name)).doing("create", &to.join(name))?;
    for entry in fs::read_dir(&folder).doing("read", &folder)? {
        let name = name.join(entry.doing("read", &folder)?.file_name());
        let (original, copy) = (source.join(&name), to.join(&name));
        match PATCHES.iter().find(|patch| Path::new(patch.file).starts_with(&name)) {
            Some(patch) if original.is_file() => {
                let text = fs::read_to_string(&original).doing("read", &original)?;
                fs::write(&copy, text.replacen(patch.find, patch.replace, 1)).doing("write", &copy)?;
            }
            Some(_) => mirror(source, &name, to)?,
            None => symlink(&original, &copy).doing("link", &copy)?,
        }
    }
    Ok(())
}

/// Makes the mirror a workspace of one package that depends on `std`; all others are excluded, so that cargo does not
/// ask for their development dependencies.
fn write_manifest(workspace: &Path) -> Result<(), CacheError> {
    let mut excluded = Vec::new();
    for entry in fs::read_dir(workspace).doing("read", workspace)? {
        let entry = entry.doing("read", workspace)?;
        if entry.path().is_dir() {
            excluded.push(toml::Value::from(entry.file_name().to_string_lossy().into_owned()));
        }
    }
    let manifest = workspace.join("Cargo.toml");
    let lock = workspace.join("Cargo.lock");
    let locked = fs::read(&lock).doing("read", &lock)?;
    for file in [&manifest, &lock] {
        fs::remove_file(file).doing("unlink", file)?;
    }
    let text = format!("{MANIFEST}\n[workspace]\nexclude = {}\n", toml::Value::Array(excluded));
    fs::write(&manifest, text).doing("write", &manifest)?;
    fs::write(&lock, locked).doing("write", &lock)?;
    fs::write(workspace.join("lib.rs"), "").doing("write", workspace)
}

/// Runs cargo with its output in a file, which stays beside the cache's folders if cargo fails.
pub(crate) fn run_logged(
    command: &mut process::Command,
    what: &'static str,
    folder: &Path,
) -> Result<(), SysrootError> {
    let log = folder.with_extension("log");
    let file = File::create(&log).doing("create", &log)?;
    command.stderr(file.try_clone().doing("open", &log)?).stdout(file);
    let program = PathBuf::from(command.get_program());
    if process::run(command).map_err(|source| SysrootError::Run { program, source })? {
        fs::remove_file(&log).doing("remove", &log)?;
        return Ok(());
    }
    Err(SysrootError::Build { what, log })
}

/// Copies every rlib of `from` to `to`.
pub(crate) fn copy_rlibs(from: &Path, to: &Path) -> Result<(), CacheError> {
    fs::create_dir_all(to).doing("create", to)?;
    for entry in fs::read_dir(from).doing("read", from)? {
        let file = entry.doing("read", from)?.path();
        if file.extension().is_some_and(|extension| extension == "rlib") {
            let copy = to.join(file.file_name().unwrap_or_default());
            fs::copy(&file, &copy).doing("write", &copy)?;
        }
    }
    Ok(())
}
