//! The guests and their inputs, as `tests/guests/guests.toml` describes them.
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

#[derive(Deserialize)]
struct Manifest {
    guest: Vec<Guest>,
}

/// One guest; the fields are explained in the manifest.
#[derive(Deserialize)]
pub struct Guest {
    /// Short name.
    pub name: String,
    /// Package in the workspace.
    pub package: String,
    /// Whether it belongs to the set that figures are published about.
    pub bench: bool,
    /// How it ends if not with exit code 0.
    pub exit: Option<String>,
    /// 10^5 to 10^7 steps.
    pub test_input: GuestInput,
    /// What a test proves, where `test_input` would take long.
    pub short_input: Option<GuestInput>,
    /// 2 to 6 * 10^8 steps.
    pub bench_input: GuestInput,
    /// About 10^7 steps, where the guest belongs to the set that provers are compared by.
    pub prove_input: Option<GuestInput>,
}

/// What a guest is given.
#[derive(Deserialize)]
pub struct GuestInput {
    numbers: Vec<u64>,
    file: Option<PathBuf>,
}

impl GuestInput {
    /// The numbers, little-endian, then the file.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let mut bytes: Vec<u8> = self.numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        if let Some(file) = &self.file {
            let file = workspace().join(file);
            bytes.extend(fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?);
        }
        Ok(bytes)
    }
}

/// The guests' workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../guests")
}

/// The guests of these names, or all.
///
/// # Errors
/// An unknown name, or a broken manifest.
pub fn select(names: &[String]) -> Result<Vec<Guest>> {
    let path = workspace().join("guests.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let Manifest { mut guest } = toml::from_str(&text).with_context(|| format!("cannot parse {}", path.display()))?;
    if let Some(unknown) = names.iter().find(|name| guest.iter().all(|guest| guest.name != **name)) {
        let known: Vec<&str> = guest.iter().map(|guest| guest.name.as_str()).collect();
        bail!("no guest is called {unknown}; there are {}", known.join(", "));
    }
    guest.retain(|guest| names.is_empty() || names.contains(&guest.name));
    Ok(guest)
}
