//! The guest's source as an ordinary program.
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{fs, io};

use anyhow::{Context, Result, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use tempfile::TempDir;

pub struct Native {
    program: PathBuf,
    /// Holds the input and receives the output.
    folder: TempDir,
}

impl Native {
    pub fn new(program: PathBuf, input: &[u8]) -> io::Result<Self> {
        let folder = TempDir::new()?;
        fs::write(folder.path().join("input"), input)?;
        Ok(Self { program, folder })
    }

    /// The processor time the program spends itself (not the system for it), and its output.
    pub fn run(&self) -> Result<(Duration, Vec<u8>)> {
        let output = self.folder.path().join("output");
        let mut command = Command::new(&self.program);
        command
            .env("ZKVM_INPUT", self.folder.path().join("input"))
            .env("ZKVM_OUTPUT", &output)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let before = children_time()?;
        let status = command.status().with_context(|| format!("cannot run {}", self.program.display()))?;
        let time = children_time()? - before;
        ensure!(status.success(), "the native program failed: {status}");
        Ok((time, fs::read(&output).context("the native program has left no output")?))
    }
}

/// User time of all children waited for so far.
fn children_time() -> Result<Duration> {
    let time = getrusage(UsageWho::RUSAGE_CHILDREN)?.user_time();
    Ok(Duration::new(time.tv_sec() as u64, 1000 * time.tv_usec() as u32))
}
