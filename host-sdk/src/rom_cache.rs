//! Translated programs on disk, by content: one file per program, options, processor and translator. A file is written
//! under a temporary name and then renamed, and what cannot be read back exactly is translated again.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use zkvm_machine::Program;
use zkvm_translator::{Rom, TranslateOptions};

use crate::cpu;

/// Bytes of the hash at the end of a cached file.
const HASH_BYTES: usize = 32;

/// Why there is no cache.
#[derive(Debug, thiserror::Error)]
pub enum RomCacheError {
    /// The folder cannot be used.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder for caches is not known.
    #[error(transparent)]
    NoPlace(#[from] zkvm_guest_build::CacheError),
}

/// Where a [`Rom`] came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RomOrigin {
    /// Read from the cache.
    Cached,
    /// Translated now.
    Translated,
}

/// A folder of translated programs. Any number of processes may use it at once.
#[derive(Clone, Debug)]
pub struct RomCache {
    folder: PathBuf,
}

impl RomCache {
    /// The cache in `folder`, which is created for this user alone.
    ///
    /// # Errors
    /// If the folder cannot be created.
    pub fn open(folder: impl Into<PathBuf>) -> Result<RomCache, RomCacheError> {
        let folder = folder.into();
        create_private(&folder).map_err(|source| RomCacheError::Io {
            action: "create",
            path: folder.clone(),
            source,
        })?;
        Ok(RomCache { folder })
    }

    /// The user's own cache: `roms` in [`zkvm_guest_build::cache_dir`].
    ///
    /// # Errors
    /// If there is no place for it.
    pub fn open_default() -> Result<RomCache, RomCacheError> {
        RomCache::open(zkvm_guest_build::cache_dir()?.join("roms"))
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// `program` translated with tracing, from the cache if it is there.
    pub fn rom_for(&self, program: &Program) -> Rom {
        self.rom_with(program, &TranslateOptions::default()).0
    }

    /// `program` translated with `options`, and whether the cache had it. A cache that cannot be written costs time, but is
    /// no error.
    pub fn rom_with(&self, program: &Program, options: &TranslateOptions) -> (Rom, RomOrigin) {
        let key = key(program, options);
        let file = self.folder.join(format!("{key}.rom"));
        if let Some(rom) = read(&file, &key, program, options) {
            return (rom, RomOrigin::Cached);
        }
        let rom = Rom::translate(program, options);
        // Nothing is lost but time when a full or read-only disk keeps it from being written.
        let _ = self.write(&file, &key, &rom.to_bytes());
        (rom, RomOrigin::Translated)
    }

    fn write(&self, file: &Path, key: &blake3::Hash, rom: &[u8]) -> io::Result<()> {
        let mut partial = tempfile::Builder::new().prefix(".partial-").tempfile_in(&self.folder)?;
        partial.write_all(rom)?;
        partial.write_all(seal(key, rom).as_bytes())?;
        partial.persist(file)?;
        Ok(())
    }
}

/// What the translation depends on: program, options, the translator's very code, and the processor.
fn key(program: &Program, options: &TranslateOptions) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for part in [Rom::cache_key(program, options), cpu::features().join(",")] {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    hasher.finalize()
}

/// Over key and contents: a file under a wrong name is as wrong as one with a flipped bit.
fn seal(key: &blake3::Hash, rom: &[u8]) -> blake3::Hash {
    blake3::Hasher::new_keyed(key.as_bytes()).update(rom).finalize()
}

fn read(file: &Path, key: &blake3::Hash, program: &Program, options: &TranslateOptions) -> Option<Rom> {
    let contents = fs::read(file).ok()?;
    let (rom, sealed) = contents.split_at_checked(contents.len().checked_sub(HASH_BYTES)?)?;
    if seal(key, rom).as_bytes() != sealed {
        return None;
    }
    Rom::from_bytes(rom, program, options).ok()
}

fn create_private(folder: &Path) -> io::Result<()> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut builder = DirBuilder::new();
    restrict(&mut builder);
    match builder.create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => File::open(folder).map(|_| ()),
        result => result,
    }
}

/// What is in there will be executed: nobody else may write to it.
fn restrict(builder: &mut DirBuilder) {
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(builder, 0o700);
    #[cfg(not(unix))]
    let _ = builder;
}
