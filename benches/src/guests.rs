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
    pub name: String,
    pub package: String,
    bench: bool,
    pub test_input: GuestInput,
    pub bench_input: GuestInput,
}

#[derive(Deserialize)]
pub struct GuestInput {
    numbers: Vec<u64>,
    file: Option<PathBuf>,
}

impl GuestInput {
    /// The numbers, little-endian, then the file.
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
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/guests")
}

/// The guests of these names, or the bench set.
pub fn select(names: &[String]) -> Result<Vec<Guest>> {
    let path = workspace().join("guests.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let Manifest { mut guest } = toml::from_str(&text).with_context(|| format!("cannot parse {}", path.display()))?;
    if let Some(unknown) = names.iter().find(|name| guest.iter().all(|guest| guest.name != **name)) {
        let known: Vec<&str> = guest.iter().map(|guest| guest.name.as_str()).collect();
        bail!("no guest is called {unknown}; there are {}", known.join(", "));
    }
    guest.retain(|guest| if names.is_empty() { guest.bench } else { names.contains(&guest.name) });
    Ok(guest)
}
