//! The guest's source as an ordinary program.
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{fs, io};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::clock::{Spender, timed};

pub struct NativeRun {
    program: PathBuf,
    /// Holds the input and receives the output.
    folder: TempDir,
}

impl NativeRun {
    pub fn new(program: PathBuf, input: &[u8]) -> io::Result<Self> {
        let folder = TempDir::new()?;
        fs::write(folder.path().join("input"), input)?;
        Ok(Self { program, folder })
    }

    /// The processor time of the whole process, and its output.
    pub fn run(&self) -> Result<(Duration, Vec<u8>)> {
        let output = self.folder.path().join("output");
        let mut command = Command::new(&self.program);
        command
            .env("ZKVM_INPUT", self.folder.path().join("input"))
            .env("ZKVM_OUTPUT", &output)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let (time, status) = timed(Spender::Children, || command.status())?;
        let status = status.with_context(|| format!("cannot run {}", self.program.display()))?;
        ensure!(status.success(), "the native program failed: {status}");
        Ok((time, fs::read(&output).context("the native program has left no output")?))
    }
}
