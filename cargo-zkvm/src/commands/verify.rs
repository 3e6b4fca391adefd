//! `cargo zkvm verify`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde::Serialize;
use zkvm_sdk::{
    Proof, PublicValues, VerifyError, VerifyingKey, digest_bytes, input_digest, setup, verify as verify_proof,
};

use crate::exit::Exit;
use crate::guest::{BuildArgs, GuestArgs};
use crate::input::InputArgs;
use crate::numbers::{bytes, count, hex, seconds};
use crate::terminal::Terminal;
use crate::{atomic, print_json, proof_file};

const EXAMPLES: &str = "\
Examples:
  cargo zkvm verify run.proof --program guest.elf                       that this program ended as the proof says
  cargo zkvm verify run.proof --key guest.key --output out              with its key alone; the public output
  cargo zkvm verify run.proof --program guest.elf --input data.json     and that this was its input

A proof says nothing of its input but a hash. With --input, --arg, --env or --seed, given as they were to `prove`, the hash is \
compared. The guest's first argument is its name, which `prove` takes from the ELF's file name, and so does this command; \
--name gives another.

Exit status: 0 if the proof is right and the guest ended with exit code 0; 3 if it is right and the guest ended with another; \
6 if it is refused.";

/// Verify a proof
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(group(clap::ArgGroup::new("prover").required(true).args(["program", "key"])))]
pub struct Args {
    /// The proof
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The program: an ELF file, or a package to build first
    #[arg(long, value_name = "ELF|PACKAGE")]
    program: Option<String>,
    /// The program's verifying key, as `cargo zkvm key -o FILE` writes it
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The guest's name, its first argument [default: that of the program's or key's file, without its ending]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Write the public output to a file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print the report as one JSON object on standard output
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    build: BuildArgs,
}

/// The object of `--json`; docs/cli.md describes it.
#[derive(Debug, Default, Serialize)]
struct Report {
    ok: bool,
    error: Option<String>,
    key: String,
    exit_code: Option<u32>,
    public_output: Option<String>,
    input: Option<String>,
    input_checked: bool,
    segments: Option<usize>,
    security_bits: Option<f64>,
    proof_bytes: u64,
    seconds: f64,
}

pub fn verify(args: &Args, terminal: &Terminal) -> anyhow::Result<Exit> {
    let file = proof_file::read(&args.file)?;
    let (name, key) = args.key(terminal)?;
    let expected = args.input.is_given().then(|| args.input.read(&name)).transpose()?.as_ref().map(input_digest);
    let started = Instant::now();
    let result = terminal.wait("Verifying", || check(&file, &key));
    let time = started.elapsed();
    let result = result.and_then(|public| match expected {
        Some(expected) if expected != public.input => Err(anyhow::anyhow!(
            "the proof was made for another input: its commitment is {}, that of the input given {}",
            hex(&digest_bytes(&public.input)),
            hex(&digest_bytes(&expected))
        )),
        _ => Ok(public),
    });
    let mut report = Report {
        key: hex(&key.digest()),
        proof_bytes: file.len() as u64,
        seconds: time.as_secs_f64(),
        ..Report::default()
    };
    let public = match result {
        Ok(public) => public,
        Err(error) if error.downcast_ref::<VerifyError>().is_some_and(|it| matches!(it, VerifyError::Key(_))) => {
            return Err(error);
        }
        Err(error) => {
            report.error = Some(format!("{error:#}"));
            if args.json {
                print_json(&report)?;
            }
            terminal.error(&format!("{} is refused: {error:#}", args.file.display()));
            return Ok(Exit::ProofRefused);
        }
    };
    if let Some(path) = &args.output {
        atomic::write(path, &public.output)?;
    }
    report.ok = true;
    report.exit_code = Some(public.exit_code);
    report.public_output = Some(hex(&public.output));
    report.input = Some(hex(&digest_bytes(&public.input)));
    report.input_checked = expected.is_some();
    report.segments = Some(public.segments);
    report.security_bits = Some(public.security_bits);
    if args.json {
        print_json(&report)?;
    } else {
        terminal.status("Verified", &args.file.display().to_string());
        terminal.text(&text(&report, &public, time));
    }
    if public.exit_code == 0 {
        return Ok(Exit::Success);
    }
    terminal.error(&format!("the proof is right: the guest ended with exit code {}", public.exit_code));
    Ok(Exit::GuestFailed)
}

fn check(file: &[u8], key: &VerifyingKey) -> anyhow::Result<PublicValues> {
    Ok(verify_proof(key, &Proof::decode(file)?)?)
}

impl Args {
    /// The guest's name and the key.
    fn key(&self, terminal: &Terminal) -> anyhow::Result<(String, VerifyingKey)> {
        let (name, key) = match &self.key {
            Some(path) => {
                let key = VerifyingKey::decode(&proof_file::read(path)?);
                let name = path.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
                (name, key.with_context(|| format!("cannot use {}", path.display()))?)
            }
            None => {
                let guest = GuestArgs { guest: self.program.clone(), build: self.build.clone() }.load(terminal)?;
                let key = terminal.wait("Setting up", || setup(&guest.program))?.key;
                (guest.name, key)
            }
        };
        Ok((self.name.clone().unwrap_or(name), key))
    }
}

fn text(report: &Report, public: &PublicValues, time: Duration) -> String {
    /// Bytes of the output that are shown.
    const SHOWN: usize = 32;
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "  {name:<14} {value}");
    };
    line("key", report.key.clone());
    line("exit code", public.exit_code.to_string());
    let output = &public.output;
    let length = bytes(output.len() as u64);
    line(
        "public output",
        match output.as_slice() {
            [] => "none".to_owned(),
            _ if output.len() <= SHOWN => format!("{length}: {}", hex(output)),
            _ => format!("{length}: {}… (all of it: --output FILE)", hex(&output[..SHOWN])),
        },
    );
    let checked = if report.input_checked { "the one given" } else { "not compared; --input does" };
    line("input", format!("{} ({checked})", report.input.clone().unwrap_or_default()));
    line("proof", format!("{}, {}", bytes(report.proof_bytes), count(public.segments as u64, "segment")));
    line("security", format!("{:.1} bits, proven", public.security_bits));
    line("time", seconds(time));
    text
}
