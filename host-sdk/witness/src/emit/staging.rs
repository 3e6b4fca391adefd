//! The directory a witness grows in, beside the one it will become.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::emit::options::{Existing, WitnessError};
use crate::manifest::Manifest;

/// Removed with all it holds when it is dropped.
pub(super) struct Staging {
    directory: TempDir,
    target: PathBuf,
    existing: Existing,
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> WitnessError {
    let path = path.to_owned();
    move |source| WitnessError::Io { path, source }
}

impl Staging {
    pub(super) fn new(target: &Path, existing: Existing) -> Result<Staging, WitnessError> {
        let target = std::path::absolute(target).map_err(io(target))?;
        replaceable(&target, existing)?;
        let parent = target.parent().unwrap_or(&target);
        let directory = tempfile::Builder::new().prefix(".witness-").tempdir_in(parent).map_err(io(parent))?;
        let staging = Staging { directory, target, existing };
        std::fs::create_dir(staging.witness()).map_err(io(&staging.witness()))?;
        Ok(staging)
    }

    /// Where the files of the witness go.
    pub(super) fn witness(&self) -> PathBuf {
        self.directory.path().join("witness")
    }

    /// Where temporary files go.
    pub(super) fn scratch(&self) -> &Path {
        self.directory.path()
    }

    /// Puts the witness in its place.
    pub(super) fn publish(self) -> Result<(), WitnessError> {
        replaceable(&self.target, self.existing)?;
        if self.target.exists() {
            let old = self.directory.path().join("old");
            std::fs::rename(&self.target, &old).map_err(io(&self.target))?;
            if let Err(source) = std::fs::rename(self.witness(), &self.target) {
                std::fs::rename(&old, &self.target).map_err(io(&self.target))?;
                return Err(io(&self.target)(source));
            }
        } else {
            std::fs::rename(self.witness(), &self.target).map_err(io(&self.target))?;
        }
        Ok(())
    }
}

fn replaceable(target: &Path, existing: Existing) -> Result<(), WitnessError> {
    let path = || target.to_owned();
    let is_empty = match std::fs::read_dir(target) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(_) => return Err(WitnessError::NotAWitness { path: path() }),
    };
    match (is_empty || Manifest::is_witness(target), existing) {
        (true, _) if is_empty => Ok(()),
        (true, Existing::Replace) => Ok(()),
        (true, Existing::Refuse) => Err(WitnessError::Exists { path: path() }),
        (false, _) => Err(WitnessError::NotAWitness { path: path() }),
    }
}
