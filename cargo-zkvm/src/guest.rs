//! Which guest is meant: an ELF file, or a package that is built first.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use zkvm_sdk::Program;
use zkvm_sdk::guest_build::{self, BuildOptions, GuestElf, Progress};

use crate::terminal::Terminal;

/// Larger files are not read: the program regions of the guest's memory hold 2.25 GiB, real programs a few MiB.
const MAX_ELF_BYTES: u64 = 1 << 30;

/// Options of all commands that build.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Building")]
pub struct BuildArgs {
    /// Project to build [default: the one around the current directory]
    #[arg(long, value_name = "PATH")]
    pub manifest_path: Option<PathBuf>,
    /// The binary, if the package has several
    #[arg(long, value_name = "NAME")]
    pub bin: Option<String>,
    /// Cargo profile
    #[arg(long, value_name = "NAME", default_value = "release")]
    pub profile: String,
    /// Features of the package, separated by commas
    #[arg(long, short = 'F', value_name = "FEATURES", value_delimiter = ',')]
    pub features: Vec<String>,
    /// All features of the package
    #[arg(long)]
    pub all_features: bool,
    /// Without the default features of the package
    #[arg(long)]
    pub no_default_features: bool,
    /// Fail if the lock file is not up to date
    #[arg(long)]
    pub locked: bool,
    /// Do not use the network
    #[arg(long)]
    pub offline: bool,
}

/// The guest of a command that needs one.
#[derive(Debug, clap::Args)]
pub struct GuestArgs {
    /// ELF file, or package to build first [default: the package in the current directory]
    #[arg(value_name = "ELF|PACKAGE")]
    pub guest: Option<String>,
    #[command(flatten)]
    pub build: BuildArgs,
}

/// A guest that has been found and loaded.
pub struct Guest {
    /// What it is called in reports, and its own first argument.
    pub name: String,
    pub program: Program,
}

impl GuestArgs {
    /// Finds the guest, builds it if it is a package, and loads it.
    pub fn load(&self, terminal: &Terminal) -> anyhow::Result<Guest> {
        let path = self.locate(terminal)?;
        let name = path.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let program = load(&path)?;
        Ok(Guest { name, program })
    }

    fn locate(&self, terminal: &Terminal) -> anyhow::Result<PathBuf> {
        let Some(guest) = &self.guest else { return self.build_one(&[], None, terminal) };
        let path = Path::new(guest);
        if path.is_dir() && path.join("Cargo.toml").is_file() {
            return self.build_one(&[], Some(path), terminal);
        }
        if path.is_dir() {
            bail!("{guest} is a directory without a Cargo.toml; name an ELF file or a guest package");
        }
        if path.exists() {
            return Ok(path.to_owned());
        }
        if guest.contains('/') || guest.ends_with(".elf") {
            bail!("there is no file {guest}; name an ELF file or a guest package");
        }
        self.build_one(std::slice::from_ref(guest), None, terminal)
    }

    fn build_one(&self, packages: &[String], folder: Option<&Path>, terminal: &Terminal) -> anyhow::Result<PathBuf> {
        let mut built = self.build.build(packages, folder, terminal)?;
        match built.len() {
            1 => Ok(built.remove(0).path),
            _ => {
                let names: Vec<_> = built.iter().map(|elf| elf.name.as_str()).collect();
                bail!("there are several guests here: {}; name one of them, or use --bin", names.join(", "))
            }
        }
    }
}

impl BuildArgs {
    /// Builds the packages, or those of the project in `folder` or around the current directory.
    pub fn build(
        &self,
        packages: &[String],
        folder: Option<&Path>,
        terminal: &Terminal,
    ) -> anyhow::Result<Vec<GuestElf>> {
        let path = match (&self.manifest_path, folder) {
            (Some(path), _) => path.clone(),
            (None, Some(folder)) => folder.to_owned(),
            (None, None) => nearest_manifest(packages.first())?,
        };
        if !path.exists() {
            bail!("there is no project at {}", path.display());
        }
        let options = BuildOptions {
            packages: packages.to_vec(),
            bins: self.bin.iter().cloned().collect(),
            features: self.features.clone(),
            all_features: self.all_features,
            no_default_features: self.no_default_features,
            profile: Some(self.profile.clone()),
            offline: self.offline,
            locked: self.locked,
            quiet: terminal.is_quiet(),
            ..BuildOptions::new(path)
        };
        Ok(guest_build::build(&options, &mut |progress| announce(terminal, &progress))?)
    }
}

/// What guest-build is doing now.
pub fn announce(terminal: &Terminal, progress: &Progress) {
    match progress {
        Progress::Waiting => terminal.status("Waiting", "for another process that builds the same"),
        Progress::BuildingStd => {
            terminal.status("Building", "std for the guest target, once per compiler (a minute or two)")
        }
        Progress::BuildingRuntime(_) => terminal.status("Building", "the guest runtime, once per compiler"),
        Progress::Running(command) => terminal.status("Running", &format!("`{command}`")),
    }
}

fn nearest_manifest(package: Option<&String>) -> anyhow::Result<PathBuf> {
    let current = std::env::current_dir().context("cannot find the current directory")?;
    let manifest = current.ancestors().map(|folder| folder.join("Cargo.toml")).find(|manifest| manifest.is_file());
    match (manifest, package) {
        (Some(manifest), _) => Ok(manifest),
        (None, Some(package)) => bail!(
            "`{package}` is no file, and no package either: there is no Cargo.toml in {} or above it",
            current.display()
        ),
        (None, None) => bail!(
            "no Cargo.toml in {} or above it; name an ELF file, or make a guest with `cargo zkvm new NAME`",
            current.display()
        ),
    }
}

/// Reads and loads an ELF file.
pub fn load(path: &Path) -> anyhow::Result<Program> {
    let failed = || format!("cannot read {}", path.display());
    let metadata = fs::metadata(path).with_context(failed)?;
    if metadata.is_dir() {
        bail!("cannot read {}: it is a directory", path.display());
    }
    if metadata.len() > MAX_ELF_BYTES {
        bail!("{}: {} bytes are too many for a guest program", path.display(), metadata.len());
    }
    let elf = fs::read(path).with_context(failed)?;
    Program::from_elf(&elf).with_context(|| format!("{} is no guest program", path.display()))
}
