//! `cargo zkvm key`.

use std::path::PathBuf;

use serde::Serialize;
use zkvm_sdk::setup;

use crate::exit::Exit;
use crate::guest::GuestArgs;
use crate::numbers::{bytes, hex};
use crate::terminal::Terminal;
use crate::{atomic, print, print_json};

const EXAMPLES: &str = "\
Examples:
  cargo zkvm key guest.elf                 32 bytes that stand for the program: its verifying key's hash
  cargo zkvm key guest.elf -o guest.key    and the key itself, which `cargo zkvm verify --key` takes

The key depends on nothing but the program and the version of the proof system: the same on every machine.";

/// Print the verifying key of a program
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    guest: GuestArgs,
    /// Write the key to a file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print the report as one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// The object of `--json`; docs/cli.md describes it.
#[derive(Debug, Serialize)]
struct Report {
    guest: String,
    program: String,
    key: String,
    key_bytes: u64,
    output: Option<PathBuf>,
}

pub fn key(args: &Args, terminal: &Terminal) -> anyhow::Result<Exit> {
    let guest = args.guest.load(terminal)?;
    let key = terminal.wait("Setting up", || setup(&guest.program))?.key;
    let file = key.encode();
    if let Some(path) = &args.output {
        atomic::write(path, &file)?;
        terminal.status(
            "Finished",
            &format!("{}: the key is in {}, {}", guest.name, path.display(), bytes(file.len() as u64)),
        );
    }
    let digest = hex(&key.digest());
    if args.json {
        print_json(&Report {
            guest: guest.name,
            program: guest.program.id().to_string(),
            key: digest,
            key_bytes: file.len() as u64,
            output: args.output.clone(),
        })?;
    } else {
        print(&format!("{digest}\n"))?;
    }
    Ok(Exit::Success)
}
