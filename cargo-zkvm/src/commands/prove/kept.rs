//! The folder of finished segments beside a proof that is being made.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// In the folder: how long its segments are. Other lengths would find nothing there to go on with.
const STEPS_FILE: &str = "segment-steps";

/// In the folder: whose segments they are; the prover writes it.
const RUN_FILE: &str = "run";

pub struct Kept {
    folder: PathBuf,
}

impl Kept {
    /// That of the proof `target`: its name with `.segments`.
    pub fn of(target: &Path) -> Kept {
        let mut name = target.as_os_str().to_owned();
        name.push(".segments");
        Kept { folder: name.into() }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Refuses to mix two proofs, or to throw away an unfinished one.
    pub fn check(&self, resume: bool) -> anyhow::Result<()> {
        if self.folder.symlink_metadata().is_ok() && !resume {
            bail!(
                "{} holds the finished segments of an interrupted proof; go on with it by --resume, or remove it",
                self.folder.display()
            );
        }
        Ok(())
    }

    /// How long the segments in the folder are, if it says so.
    pub fn segment_steps(&self) -> Option<u64> {
        fs::read_to_string(self.folder.join(STEPS_FILE)).ok()?.trim().parse().ok()
    }

    /// Makes the folder, or takes the one that is there.
    pub fn begin(&self, segment_steps: u64) -> anyhow::Result<()> {
        let failed = || format!("cannot keep finished segments in {}", self.folder.display());
        fs::create_dir_all(&self.folder).with_context(failed)?;
        fs::write(self.folder.join(STEPS_FILE), segment_steps.to_string()).with_context(failed)
    }

    /// After a failure: number of finished segments that are in the folder. Without any, the folder is removed, if nothing
    /// that is not ours is in it.
    pub fn finished(&self) -> usize {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let finished = entries.filter(|entry| entry.path().extension().is_some_and(|it| it == "segment")).count();
        if finished == 0 {
            for file in [STEPS_FILE, RUN_FILE] {
                let _ = fs::remove_file(self.folder.join(file));
            }
            let _ = fs::remove_dir(&self.folder);
        }
        finished
    }
}
