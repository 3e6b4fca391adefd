//! The guest's source as an ordinary program, in a process of its own.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::{Executor, Ran, Ready};
use crate::clock;

struct Native {
    program: PathBuf,
    /// Holds the input and receives the output.
    folder: TempDir,
}

pub fn prepare(program: &Path, input: &[u8]) -> Result<Ready> {
    let folder = TempDir::new()?;
    fs::write(folder.path().join("input"), input)?;
    Ok(Ready { executor: Box::new(Native { program: program.to_owned(), folder }), translation: None })
}

impl Executor for Native {
    /// The time is that of the whole process.
    fn run(&mut self) -> Result<Ran> {
        let output = self.folder.path().join("output");
        let mut command = Command::new(&self.program);
        command
            .env("ZKVM_INPUT", self.folder.path().join("input"))
            .env("ZKVM_OUTPUT", &output)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let before = clock::of_children()?;
        let status = command.status().with_context(|| format!("cannot run {}", self.program.display()))?;
        let time = clock::of_children()? - before;
        ensure!(status.success(), "the native program failed: {status}");
        let public_output = fs::read(&output).context("the native program has left no output")?;
        Ok(Ran { time, instructions: None, public_output })
    }
}
