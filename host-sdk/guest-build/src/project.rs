//! What to build: the guest packages of a project, the allocator each wants, and what its profile leaves open.

use std::fmt;
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand, Package, PackageId};

use crate::toolchain::Toolchain;

/// A guest's global allocator: `[package.metadata.zkvm] allocator = "…"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Allocator {
    /// Frees and reuses memory.
    #[default]
    Dlmalloc,
    /// Never frees: fewest steps per allocation, as long as the heap lasts.
    Bump,
    /// The program brings its own, or does without.
    None,
}

impl Allocator {
    /// As written in a manifest.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dlmalloc => "dlmalloc",
            Self::Bump => "bump",
            Self::None => "none",
        }
    }

    /// Features of the runtime.
    pub(crate) const fn feature(self) -> &'static str {
        match self {
            Self::Dlmalloc => "dlmalloc",
            Self::Bump => "bump",
            Self::None => "",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Dlmalloc, Self::Bump, Self::None].into_iter().find(|allocator| allocator.name() == name)
    }
}

impl fmt::Display for Allocator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a project's guests are not known.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// Cargo does not understand it.
    #[error("cannot read the project at {}", manifest.display())]
    Metadata {
        /// Its manifest.
        manifest: PathBuf,
        /// What cargo said.
        source: Box<cargo_metadata::Error>,
    },
    /// A misspelt allocator.
    #[error("{}: allocator is {value}; it can be \"dlmalloc\", \"bump\" or \"none\"", manifest.display())]
    Allocator {
        /// The package's manifest.
        manifest: PathBuf,
        /// What is written there.
        value: serde_json::Value,
    },
    /// A setting nobody knows.
    #[error("{}: unknown key `{key}` in [package.metadata.zkvm]", manifest.display())]
    UnknownKey {
        /// The package's manifest.
        manifest: PathBuf,
        /// The key.
        key: String,
    },
    /// No such package.
    #[error("{} has no package `{package}`", manifest.display())]
    NoPackage {
        /// The project's manifest.
        manifest: PathBuf,
        /// Its name.
        package: String,
    },
    /// A workspace without guests.
    #[error("no guest in {}: mark the guest packages by a table [package.metadata.zkvm]", manifest.display())]
    NoGuest {
        /// The workspace's manifest.
        manifest: PathBuf,
    },
}

/// A guest package.
#[derive(Debug)]
pub(crate) struct Guest {
    pub id: PackageId,
    pub package: String,
    pub bins: Vec<String>,
    pub allocator: Allocator,
}

/// A project with guests.
#[derive(Debug)]
pub(crate) struct Project {
    /// Its manifest, as an absolute path.
    pub manifest: PathBuf,
    pub workspace_root: PathBuf,
    pub target_dir: PathBuf,
    pub guests: Vec<Guest>,
}

impl Project {
    /// Reads the project at `path`, a manifest or its folder: the named packages, or that package itself, or in a
    /// workspace without a root package all members that are marked as guests.
    /// Without a toolchain by the cargo that is running or in `PATH`.
    pub fn read(toolchain: Option<&Toolchain>, path: &Path, packages: &[String]) -> Result<Self, ProjectError> {
        let manifest = manifest_of(path);
        let manifest = std::path::absolute(&manifest).unwrap_or(manifest);
        let mut command = MetadataCommand::new();
        if let Some(toolchain) = toolchain {
            command.cargo_path(&toolchain.cargo).env("RUSTC", &toolchain.rustc);
        }
        let metadata = command
            .manifest_path(&manifest)
            .current_dir(manifest.parent().unwrap_or(Path::new(".")))
            .no_deps()
            .exec()
            .map_err(|source| ProjectError::Metadata { manifest: manifest.clone(), source: Box::new(source) })?;
        let guests = select(&metadata, &manifest, packages)?.into_iter().map(guest).collect::<Result<_, _>>()?;
        Ok(Self {
            manifest,
            workspace_root: metadata.workspace_root.clone().into_std_path_buf(),
            target_dir: metadata.target_directory.clone().into_std_path_buf(),
            guests,
        })
    }
}

/// The manifest in a folder, or the manifest itself.
pub(crate) fn manifest_of(path: &Path) -> PathBuf {
    if path.is_dir() { path.join("Cargo.toml") } else { path.to_owned() }
}

fn select<'a>(metadata: &'a Metadata, manifest: &Path, packages: &[String]) -> Result<Vec<&'a Package>, ProjectError> {
    let members = metadata.workspace_packages();
    if !packages.is_empty() {
        let find = |name: &String| members.iter().copied().find(|member| member.name.as_str() == name);
        let missing = |name: &String| ProjectError::NoPackage { manifest: manifest.to_owned(), package: name.clone() };
        return packages.iter().map(|name| find(name).ok_or_else(|| missing(name))).collect();
    }
    let wanted = manifest.canonicalize().unwrap_or_else(|_| manifest.to_owned());
    let is_wanted = |member: &&Package| member.manifest_path.canonicalize().is_ok_and(|path| path == wanted);
    if let Some(package) = members.iter().copied().find(is_wanted) {
        return Ok(vec![package]);
    }
    let guests: Vec<_> = members.into_iter().filter(|member| member.metadata.get("zkvm").is_some()).collect();
    if guests.is_empty() {
        return Err(ProjectError::NoGuest { manifest: manifest.to_owned() });
    }
    Ok(guests)
}

fn guest(package: &Package) -> Result<Guest, ProjectError> {
    let manifest = || package.manifest_path.clone().into_std_path_buf();
    let mut allocator = Allocator::default();
    let table = package.metadata.get("zkvm").and_then(|value| value.as_object());
    for (key, value) in table.into_iter().flatten() {
        match key.as_str() {
            "allocator" => {
                allocator = value
                    .as_str()
                    .and_then(Allocator::from_name)
                    .ok_or_else(|| ProjectError::Allocator { manifest: manifest(), value: value.clone() })?;
            }
            _ => return Err(ProjectError::UnknownKey { manifest: manifest(), key: key.clone() }),
        }
    }
    let bins = package.targets.iter().filter(|target| target.is_bin()).map(|target| target.name.clone()).collect();
    Ok(Guest { id: package.id.clone(), package: package.name.to_string(), bins, allocator })
}
