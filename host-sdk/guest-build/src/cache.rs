//! The shared cache: folders named by what they were made from, filled once, in a temporary folder that is then renamed.
//! Builders in other processes wait for a lock file, so that the work is done once.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use crate::Progress;
use crate::process::path_variable;

/// The files that guests are built with, by their names in the repository.
const EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Why the cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// No place for it.
    #[error("no place for a cache: set ZKVM_CACHE_DIR or HOME")]
    NoPlace,
    /// The file system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Attaches what was being done to an I/O error.
pub(crate) trait IoContext<T> {
    fn doing(self, action: &'static str, path: &Path) -> Result<T, CacheError>;
}

impl<T> IoContext<T> for io::Result<T> {
    fn doing(self, action: &'static str, path: &Path) -> Result<T, CacheError> {
        self.map_err(|source| CacheError::Io { action, path: path.to_owned(), source })
    }
}

/// `$ZKVM_CACHE_DIR`, else `$XDG_CACHE_HOME/cargo-zkvm`, else `~/.cache/cargo-zkvm`.
///
/// # Errors
/// If none of the three is known.
pub fn cache_dir() -> Result<PathBuf, CacheError> {
    if let Some(folder) = path_variable("ZKVM_CACHE_DIR") {
        return std::path::absolute(&folder).doing("find", &folder);
    }
    path_variable("XDG_CACHE_HOME")
        .or_else(|| Some(std::env::home_dir()?.join(".cache")))
        .map(|folder| folder.join("cargo-zkvm"))
        .ok_or(CacheError::NoPlace)
}

/// A name for what is made from `parts`. Not cryptographic: it tells versions apart, and who can write to the cache needs
/// no collision.
pub(crate) fn key(parts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let mut hasher = DefaultHasher::new();
    for part in parts {
        part.as_ref().hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

/// Names and contents of all embedded files in `folder`, for a [`key`].
pub(crate) fn embedded_parts(folder: &'static str) -> impl Iterator<Item = &'static [u8]> {
    embedded_in(folder).flat_map(|(name, content)| [name.as_bytes(), content])
}

fn embedded_in(folder: &'static str) -> impl Iterator<Item = (&'static str, &'static [u8])> {
    EMBEDDED.iter().copied().filter(move |(name, _)| Path::new(name).starts_with(folder))
}

/// Writes the embedded files of `folder` below `to`, under their names in the repository.
pub(crate) fn unpack(folder: &'static str, to: &Path) -> Result<(), CacheError> {
    for (name, content) in embedded_in(folder) {
        let file = to.join(name);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent).doing("create", parent)?;
        }
        fs::write(&file, content).doing("write", &file)?;
    }
    Ok(())
}

/// The folder `name` of the cache, filled by `fill` if it is not there yet.
pub(crate) fn once<E: From<CacheError>>(
    name: &str,
    progress: &mut dyn FnMut(Progress),
    fill: impl FnOnce(&Path, &mut dyn FnMut(Progress)) -> Result<(), E>,
) -> Result<PathBuf, E> {
    let cache = cache_dir()?;
    let folder = cache.join(name);
    if folder.is_dir() {
        return Ok(folder);
    }
    fs::create_dir_all(&cache).doing("create", &cache)?;
    let _lock = lock(&cache.join(format!("{name}.lock")), progress)?;
    if folder.is_dir() {
        return Ok(folder);
    }
    let partial = tempfile::Builder::new().prefix("partial-").tempdir_in(&cache).doing("create a folder in", &cache)?;
    fill(partial.path(), progress)?;
    let partial = partial.keep();
    fs::rename(&partial, &folder).doing("rename", &partial)?;
    Ok(folder)
}

/// Held until dropped; released by the system if the process dies.
fn lock(path: &Path, progress: &mut dyn FnMut(Progress)) -> Result<File, CacheError> {
    let file = File::create(path).doing("create", path)?;
    if file.try_lock().is_err() {
        progress(Progress::Waiting);
        file.lock().doing("lock", path)?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_depend_on_where_parts_end() {
        assert_ne!(key(["ab", "c"]), key(["a", "bc"]));
        assert_eq!(key(["ab", "c"]), key(["ab", "c"]));
    }

    #[test]
    fn what_a_guest_is_built_with_is_embedded() {
        for name in ["target-specs/zkvm.ld", "guest-std/rt/src/memory.s", "guest-std/include/zkvm.h", "abi/src/lib.rs"]
        {
            assert_eq!(embedded_in(name).count(), 1, "{name}");
        }
    }
}
