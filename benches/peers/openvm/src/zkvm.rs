//! This repository's prover, through its command line.
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use tempfile::TempDir;

use crate::guests::{Guest, workspace};
use crate::toolchain::output_of;
use crate::{Proved, hex, input};

/// `cargo-zkvm`.
pub struct Tool {
    executable: PathBuf,
}

/// Of `build --json`.
#[derive(Deserialize)]
struct Built {
    guests: Vec<BuiltGuest>,
}

#[derive(Deserialize)]
struct BuiltGuest {
    name: String,
    path: PathBuf,
}

/// Of `prove --json`.
#[derive(Deserialize)]
struct Made {
    exit_code: i64,
    public_output: String,
    steps: u64,
    segments: u64,
    setup_seconds: f64,
    count_seconds: f64,
    prove_seconds: f64,
    proof_bytes: u64,
    peak_memory_bytes: u64,
}

/// Of `verify --json`.
#[derive(Deserialize)]
struct Verified {
    ok: bool,
    input_checked: bool,
    public_output: String,
    security_bits: f64,
    seconds: f64,
}

impl Tool {
    /// The given one, or one that is built.
    pub fn new(executable: Option<PathBuf>) -> Result<Self> {
        let executable = executable.map_or_else(build, Ok)?;
        ensure!(executable.is_file(), "there is no {}", executable.display());
        Ok(Self { executable })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.executable);
        command.arg("zkvm");
        command
    }

    pub fn build(&self, guest: &Guest) -> Result<PathBuf> {
        let mut command = self.command();
        command.args(["build", "--json", "--locked", "--package=peer-on-zkvm", "--bin", guest.name, "--manifest-path"]);
        let built: Built = serde_json::from_str(&output_of(command.arg(workspace().join("Cargo.toml")))?)?;
        let found = built.guests.into_iter().find(|built| built.name == guest.name);
        Ok(found.context("cargo zkvm build did not say where the guest is")?.path)
    }

    /// Proves, with as much memory as the machine has, and verifies the file against program and input.
    pub fn prove(&self, elf: &Path, work: u32) -> Result<Proved> {
        let folder = TempDir::new()?;
        let file = folder.path().join("proof");
        let input = format!("hex:{}", hex(&input(work)));
        let mut prove = self.command();
        prove.arg("prove").arg(elf).args(["--json", "--quiet", "--input", &input, "--output"]).arg(&file);
        let made: Made = serde_json::from_str(&output_of(&mut prove)?)?;
        ensure!(made.exit_code == 0, "the guest failed with exit code {}", made.exit_code);
        let mut verify = self.command();
        verify.arg("verify").arg(&file).arg("--program").arg(elf).args(["--json", "--input", &input]);
        let verified: Verified = serde_json::from_str(&output_of(&mut verify)?)?;
        ensure!(verified.ok && verified.input_checked, "the proof is refused");
        ensure!(verified.public_output == made.public_output, "the proof is of another output");
        Ok(Proved {
            instructions: made.steps,
            segments: made.segments,
            setup_seconds: made.setup_seconds,
            prove_seconds: made.count_seconds + made.prove_seconds,
            verify_seconds: verified.seconds,
            proof_bytes: made.proof_bytes,
            peak_memory_bytes: made.peak_memory_bytes,
            security_bits: verified.security_bits,
            public_output: made.public_output,
        })
    }
}

/// Builds `cargo-zkvm` as the repository builds it, with the settings in its `.cargo`.
fn build() -> Result<PathBuf> {
    let root = workspace().join("../../../..").canonicalize()?;
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--locked", "--package=cargo-zkvm", "--message-format=json-render-diagnostics"]);
    let messages = output_of(cargo.current_dir(root))?;
    let executable = messages.lines().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let of_it = message["target"]["name"] == "cargo-zkvm";
        of_it.then(|| message["executable"].as_str().map(PathBuf::from)).flatten()
    });
    executable.context("cargo did not say where cargo-zkvm is")
}
