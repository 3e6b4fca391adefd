//! The programs and how much work each does.
use std::path::PathBuf;

use anyhow::{Context, Result};
use peer_programs::Program;

/// A program that is proved on both machines.
pub struct Guest {
    /// Also the name of its binary in `guests/on-openvm` and `guests/on-zkvm`.
    pub name: &'static str,
    pub program: Program,
    /// Such that there are about 2.5 million instructions.
    pub work: u32,
}

const ALL: [Guest; 3] = [
    Guest { name: "loop", program: peer_programs::integer_loop, work: 250_000 },
    Guest { name: "sha256", program: peer_programs::sha256, work: 35 },
    Guest { name: "sort", program: peer_programs::sort, work: 3_600 },
];

/// The guests of these names, or all.
pub fn select(names: &[String]) -> Result<Vec<Guest>> {
    if names.is_empty() {
        return Ok(ALL.into());
    }
    let find = |name: &String| ALL.into_iter().find(|guest| guest.name == name);
    names.iter().map(|name| find(name).with_context(|| format!("no guest {name:?}: loop, sha256, sort"))).collect()
}

/// The workspace of the guests.
pub fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("guests")
}
