//! How fast this machine proves: remembered from its last proofs, in the cache.

use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use zkvm_sdk::guest_build;
use zkvm_sdk::prover::estimate::CELLS_PER_SECOND;

/// Proofs that take less say nothing of the speed.
const LEAST_SECONDS: f64 = 1.0;

/// Cells per second, and where that comes from.
#[derive(Clone, Copy, Debug)]
pub struct Speed {
    pub cells_per_second: f64,
    /// Whether proofs were measured on this machine.
    pub measured: bool,
}

#[derive(Serialize, Deserialize)]
struct File {
    cells_per_second: f64,
}

impl Speed {
    /// That of the last proofs on this machine; without any, that of the machine this was written on.
    pub fn known() -> Speed {
        let file = path().and_then(|path| fs::read(path).ok());
        let file: Option<File> = file.and_then(|text| serde_json::from_slice(&text).ok());
        match file.map(|file| file.cells_per_second).filter(|speed| speed.is_finite() && *speed > 0.0) {
            Some(cells_per_second) => Speed { cells_per_second, measured: true },
            None => Speed { cells_per_second: CELLS_PER_SECOND, measured: false },
        }
    }

    /// For people.
    pub fn source(&self) -> &'static str {
        if self.measured {
            "at the speed of the last proofs on this machine"
        } else {
            "a guess: nothing has been proved on this machine yet"
        }
    }
}

/// Remembers that a proof of so many cells took so long: half of it is the last proof, the rest those before.
pub fn remember(cells: u64, seconds: f64) {
    let Some(path) = path().filter(|_| seconds >= LEAST_SECONDS) else { return };
    let known = Speed::known();
    let this = cells as f64 / seconds;
    let cells_per_second = if known.measured { (known.cells_per_second + this) / 2.0 } else { this };
    // Nothing is lost but a good guess.
    if let Ok(text) = serde_json::to_vec(&File { cells_per_second }) {
        let _ = path.parent().map(fs::create_dir_all);
        let _ = crate::atomic::write(&path, &text);
    }
}

fn path() -> Option<PathBuf> {
    Some(guest_build::cache_dir().ok()?.join("proving-speed.json"))
}
