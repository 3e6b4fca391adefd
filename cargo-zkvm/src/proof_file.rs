//! Files that hold a proof or a key.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

/// Larger files are not even read: a proof of 10^11 steps is smaller.
const MAX_BYTES: u64 = 1 << 38;

/// The content of a file.
pub fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let failed = || format!("cannot read {}", path.display());
    let metadata = fs::metadata(path).with_context(failed)?;
    if metadata.is_dir() {
        bail!("cannot read {}: it is a directory", path.display());
    }
    if metadata.len() > MAX_BYTES {
        bail!("{}: {} bytes are too many for a proof or a key", path.display(), metadata.len());
    }
    fs::read(path).with_context(failed)
}
