//! Files that appear whole or not at all: written beside their place under a temporary name, then renamed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use tempfile::NamedTempFile;

/// A file being written. Dropped without [`AtomicFile::finish`], it never was.
pub struct AtomicFile {
    target: PathBuf,
    out: Out,
}

enum Out {
    Partial(BufWriter<NamedTempFile>),
    /// A device or a pipe cannot be replaced by a file.
    Device(BufWriter<File>),
}

impl AtomicFile {
    /// Fails at once where the file could not be put in the end.
    pub fn create(target: &Path) -> anyhow::Result<AtomicFile> {
        let failed = || format!("cannot write {}", target.display());
        let mut place = target.to_owned();
        if let Ok(metadata) = fs::metadata(target) {
            if metadata.is_dir() {
                bail!("cannot write {}: it is a directory; name a file in it", target.display());
            }
            if !metadata.is_file() {
                let device = File::options().write(true).open(target).with_context(failed)?;
                return Ok(AtomicFile { target: place, out: Out::Device(BufWriter::new(device)) });
            }
            // Where a symbolic link leads, not the link, is replaced.
            place = target.canonicalize().with_context(failed)?;
        }
        let folder = match place.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        if !folder.is_dir() {
            bail!("cannot write {}: there is no directory {}", target.display(), folder.display());
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".partial-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let partial = builder.tempfile_in(&folder).with_context(failed)?;
        Ok(AtomicFile { target: place, out: Out::Partial(BufWriter::with_capacity(1 << 20, partial)) })
    }

    /// Gives the file its name.
    pub fn finish(self) -> anyhow::Result<()> {
        let target = self.target;
        let failed = || format!("cannot write {}", target.display());
        match self.out {
            Out::Partial(out) => {
                let partial = out.into_inner().map_err(|error| error.into_error()).with_context(failed)?;
                partial.persist(&target).map_err(|error| error.error).with_context(failed)?;
            }
            Out::Device(mut out) => out.flush().with_context(failed)?,
        }
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.out {
            Out::Partial(out) => out.write(bytes),
            Out::Device(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.out {
            Out::Partial(out) => out.flush(),
            Out::Device(out) => out.flush(),
        }
    }
}

/// Writes all of a file.
pub fn write(target: &Path, contents: &[u8]) -> anyhow::Result<()> {
    let mut file = AtomicFile::create(target)?;
    file.write_all(contents).with_context(|| format!("cannot write {}", target.display()))?;
    file.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_file_leaves_nothing_behind_and_the_old_one_alone() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("file");
        write(&target, b"old").unwrap();
        let mut file = AtomicFile::create(&target).unwrap();
        file.write_all(b"new").unwrap();
        drop(file);
        assert_eq!(fs::read(&target).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        write(&target, b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
    }

    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        write(Path::new("/dev/null"), b"gone").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}
