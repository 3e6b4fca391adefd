//! `cargo zkvm clean`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;
use zkvm_sdk::guest_build::{self, TARGET_NAME};

use crate::exit::Exit;
use crate::numbers::{bytes, count};
use crate::print_json;
use crate::terminal::Terminal;

/// Beginnings of the names under which the cache keeps what can be built again.
const CACHED: [&str; 4] = ["std-", "runtime-", "support-", "partial-"];

const EXAMPLES: &str = "\
Examples:
  cargo zkvm clean          guest builds of this project, and translated programs
  cargo zkvm clean --all    and the `std` built for guests, which takes a minute or two to build again";

/// Remove what can be made again
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Also remove what all projects share: `std` and the guest runtime
    #[arg(long)]
    all: bool,
    /// Only say what would be removed
    #[arg(long)]
    dry_run: bool,
    /// Print the report as one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// The object of `--json`.
#[derive(Debug, Serialize)]
struct Report {
    removed: Vec<PathBuf>,
    bytes: u64,
}

pub fn clean(args: &Args, terminal: &Terminal) -> anyhow::Result<Exit> {
    let removed = folders(args.all)?;
    let bytes_of_all = removed.iter().map(|folder| size(folder)).sum();
    for folder in &removed {
        if !args.dry_run {
            remove(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        terminal.status(if args.dry_run { "Would remove" } else { "Removed" }, &folder.display().to_string());
    }
    if args.json {
        print_json(&Report { removed, bytes: bytes_of_all })?;
    } else {
        terminal.status("Finished", &format!("{}, {}", count(removed.len() as u64, "folder"), bytes(bytes_of_all)));
    }
    Ok(Exit::Success)
}

/// What is there to be removed. Only what bears a name of ours: the cache may have been put into any folder.
fn folders(all: bool) -> anyhow::Result<Vec<PathBuf>> {
    let cache = guest_build::cache_dir()?;
    let mut folders = vec![cache.join("roms")];
    folders.extend(guest_target_folder());
    if all {
        let entries = fs::read_dir(&cache).into_iter().flatten().flatten();
        let ours =
            entries.filter(|entry| CACHED.iter().any(|start| entry.file_name().to_string_lossy().starts_with(start)));
        folders.extend(ours.map(|entry| entry.path()));
    }
    folders.retain(|folder| folder.exists());
    folders.sort();
    Ok(folders)
}

/// `target/zkvm` of the project around the current directory.
fn guest_target_folder() -> Option<PathBuf> {
    let current = std::env::current_dir().ok()?;
    let candidates = current.ancestors().map(|folder| folder.join("target/zkvm"));
    candidates.into_iter().find(|folder| folder.join(TARGET_NAME).is_dir())
}

fn size(path: &Path) -> u64 {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            fs::read_dir(path).into_iter().flatten().flatten().map(|entry| size(&entry.path())).sum()
        }
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    }
}

fn remove(path: &Path) -> std::io::Result<()> {
    if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}
