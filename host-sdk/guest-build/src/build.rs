//! Builds guests with cargo.

use std::env;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use cargo_metadata::Message;

use crate::project::{Guest, Project, ProjectError, manifest_of};
use crate::runtime::{Runtime, runtime};
use crate::sysroot::{ONE_THREAD, ORDER, SysrootError, TARGET_NAME, Target, sysroot};
use crate::toolchain::{Toolchain, ToolchainError};
use crate::{CCompiler, Progress, cargo, process, profile};

/// What to build and how. Options have the meaning of cargo's of the same name.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    /// The project: a manifest or its folder.
    pub path: PathBuf,
    /// Packages of its workspace; none: the package at `path`, or all members marked as guests.
    pub packages: Vec<String>,
    /// Binaries; none: all.
    pub bins: Vec<String>,
    /// Features.
    pub features: Vec<String>,
    /// All features.
    pub all_features: bool,
    /// No default feature.
    pub no_default_features: bool,
    /// The profile; none: `release`.
    pub profile: Option<String>,
    /// Where cargo builds; none: `zkvm` in the project's target folder, so that host builds are never invalidated.
    pub target_dir: Option<PathBuf>,
    /// Flags for `rustc`, in addition to those of cargo's configuration.
    pub rustflags: Vec<String>,
    /// Do not use the network.
    pub offline: bool,
    /// The lock file must be up to date.
    pub locked: bool,
    /// Show warnings and errors only.
    pub quiet: bool,
}

impl BuildOptions {
    /// The default build of the project at `path`. Flags are taken from `ZKVM_RUSTFLAGS` (not from `RUSTFLAGS`, which
    /// is about the host: `-C target-cpu=native` would break every guest).
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let rustflags = env::var("ZKVM_RUSTFLAGS").unwrap_or_default();
        Self {
            path: path.into(),
            rustflags: rustflags.split_whitespace().map(str::to_owned).collect(),
            ..Self::default()
        }
    }
}

/// A built guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestElf {
    /// Its package.
    pub package: String,
    /// The binary's name.
    pub name: String,
    /// The ELF.
    pub path: PathBuf,
}

/// Why there is no ELF.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// No compiler.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// No `std`.
    #[error(transparent)]
    Sysroot(#[from] SysrootError),
    /// No project.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// Cargo could not be run.
    #[error("cannot run {}", program.display())]
    Run {
        /// The cargo.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Cargo failed, and said why.
    #[error("the guest at {} does not build", manifest.display())]
    Cargo {
        /// The project.
        manifest: PathBuf,
    },
    /// Nothing to run.
    #[error("the guest at {} has no binary", manifest.display())]
    NoBinary {
        /// The project.
        manifest: PathBuf,
    },
}

/// Builds the guests of a project one package after the other, and returns their ELFs. What cargo says goes to standard error.
///
/// # Errors
/// If there is no toolchain, no guest, or the guest does not compile.
pub fn build(options: &BuildOptions, progress: &mut dyn FnMut(Progress)) -> Result<Vec<GuestElf>, BuildError> {
    let toolchain = Toolchain::find()?;
    let project = Project::read(Some(&toolchain), &options.path, &options.packages)?;
    let target = sysroot(&toolchain, progress)?;
    let mut elves = Vec::new();
    // One after the other: built together, packages would get the union of the features they want of a dependency, and
    // a guest's ELF would depend on what it was built along with.
    for guest in &project.guests {
        let runtime = runtime(&toolchain, &target, guest.allocator, progress)?;
        let mut command = command(options, &toolchain, &target, &runtime, &project);
        command.args(["--package", &guest.package]);
        run(command, options, guest, &mut elves)?;
    }
    if elves.is_empty() {
        return Err(BuildError::NoBinary { manifest: manifest_of(&options.path) });
    }
    Ok(elves)
}

fn command(
    options: &BuildOptions,
    toolchain: &Toolchain,
    target: &Target,
    runtime: &Runtime,
    project: &Project,
) -> process::Command {
    let profile = options.profile.as_deref().unwrap_or("release");
    let target_dir = options.target_dir.clone().unwrap_or_else(|| project.target_dir.join("zkvm"));
    let target_dir = std::path::absolute(&target_dir).unwrap_or(target_dir);
    let mut command = cargo::command(toolchain);
    command
        .args(["build", "--message-format=json-render-diagnostics", "--manifest-path"])
        .arg(&project.manifest)
        // Cargo looks for its configuration from here upwards.
        .current_dir(project.manifest.parent().unwrap_or(Path::new(".")))
        .arg("--target")
        .arg(&target.spec)
        .arg(cargo::TARGET_SPEC_OPTION)
        .arg("--target-dir")
        .arg(&target_dir)
        .args(["--profile", profile, "--config", &rustflags(options, &runtime.key)])
        .args(options.bins.iter().flat_map(|bin| ["--bin", bin]))
        .args(options.features.iter().flat_map(|feature| ["--features", feature]));
    let switches = [
        (options.all_features, "--all-features"),
        (options.no_default_features, "--no-default-features"),
        (options.offline, "--offline"),
        (options.locked, "--locked"),
        (options.quiet, "--quiet"),
    ];
    command.args(switches.iter().filter(|(on, _)| *on).map(|(_, switch)| switch));
    command.envs(profile::defaults(&project.workspace_root, profile));
    if let Some(compiler) = CCompiler::find() {
        command.envs(compiler.variables(target, &project.workspace_root));
    }
    command
        .env("RUSTC_WRAPPER", &target.wrapper)
        // Build scripts that try the compiler name the target without its path.
        .env("RUST_TARGET_PATH", target.spec.parent().unwrap_or(Path::new(".")))
        .env("ZKVM_TARGET_SPEC", &target.spec)
        .env("ZKVM_SYSROOT", &target.sysroot)
        .env("ZKVM_RUNTIME", &runtime.folder)
        .env("ZKVM_LINKER", &toolchain.linker)
        .env("ZKVM_LINKER_SCRIPT", &target.linker_script)
        .env("ZKVM_WORKSPACE", &project.workspace_root)
        .env("ZKVM_TARGET_DIR", &target_dir)
        .env("ZKVM_CARGO_HOME", cargo::home());
    command
}

/// Steps count here and instruction caches do not: measured over real programs, 8 % fewer steps than by LLVM's default
/// of 225, for 17 to 45 % more text; beyond this value there is little left.
const INLINE_THRESHOLD: &str = "-Cllvm-args=-inline-threshold=1000";

/// The flags that cargo knows of: those which depend on no path. The key makes cargo rebuild when the runtime changes.
fn rustflags(options: &BuildOptions, key: &str) -> String {
    let mut flags = vec![
        "--cfg=getrandom_backend=\"custom\"".to_owned(),
        format!("--cfg=zkvm_runtime=\"{key}\""),
        ONE_THREAD.to_owned(),
    ];
    // LLVM does not take the same option twice.
    for flag in [INLINE_THRESHOLD, ORDER[0], ORDER[1]] {
        let (option, _) = flag.rsplit_once('=').expect("options have values");
        if !options.rustflags.iter().any(|flag| flag.starts_with(option)) {
            flags.push(flag.to_owned());
        }
    }
    flags.extend(options.rustflags.iter().cloned());
    format!("target.{TARGET_NAME}.rustflags={}", toml::Value::from(flags))
}

/// Runs cargo and collects the executables it reports.
fn run(
    mut command: process::Command,
    options: &BuildOptions,
    guest: &Guest,
    elves: &mut Vec<GuestElf>,
) -> Result<(), BuildError> {
    let program = PathBuf::from(command.get_program());
    let failed = |source| BuildError::Run { program: program.clone(), source };
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    let stdout = child.stdout.take().expect("stdout was asked to be a pipe");
    for message in Message::parse_stream(BufReader::new(stdout)) {
        if let Message::CompilerArtifact(artifact) = message.map_err(failed)?
            && let Some(path) = artifact.executable
            && artifact.package_id == guest.id
        {
            elves.push(GuestElf {
                package: guest.package.clone(),
                name: artifact.target.name,
                path: path.into_std_path_buf(),
            });
        }
    }
    if !child.wait().map_err(failed)?.success() {
        return Err(BuildError::Cargo { manifest: manifest_of(&options.path) });
    }
    Ok(())
}
