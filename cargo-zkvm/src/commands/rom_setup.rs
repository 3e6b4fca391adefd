//! `cargo zkvm rom-setup`.

use std::path::PathBuf;
use std::time::Instant;

use serde::Serialize;
use zkvm_sdk::{Mode, RomOrigin};

use crate::exit::Exit;
use crate::guest::GuestArgs;
use crate::numbers::{bytes, seconds};
use crate::terminal::Terminal;
use crate::{atomic, execution, print_json};

const EXAMPLES: &str = "\
Examples:
  cargo zkvm rom-setup                 translate the guest in this directory
  cargo zkvm rom-setup guest.elf       translate an ELF file
  cargo zkvm rom-setup -o guest.rom    and write the Rom to a file

`run` and `prove` do this themselves. The Rom is kept in the user's cache, by content: program, version of the tool,
options, and features of the processor. `cargo zkvm clean` removes it.";

/// Translate a guest to native code, once
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    guest: GuestArgs,
    /// Write the Rom to a file as well
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print the report as one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// The object of `--json`.
#[derive(Debug, Serialize)]
struct Report {
    guest: String,
    program: String,
    text_bytes: u64,
    rom_bytes: u64,
    seconds: f64,
    cached: bool,
    output: Option<PathBuf>,
}

pub fn rom_setup(args: &Args, terminal: &Terminal) -> anyhow::Result<Exit> {
    let guest = args.guest.load(terminal)?;
    let started = Instant::now();
    let (rom, origin) = execution::translate(&guest.program, Mode::Traced, terminal);
    let duration = started.elapsed();
    let file = rom.to_bytes();
    if let Some(path) = &args.output {
        atomic::write(path, &file)?;
    }
    let report = Report {
        guest: guest.name,
        program: guest.program.id().to_string(),
        text_bytes: guest.program.text_bytes(),
        rom_bytes: file.len() as u64,
        seconds: duration.as_secs_f64(),
        cached: origin == RomOrigin::Cached,
        output: args.output.clone(),
    };
    if args.json {
        print_json(&report)?;
    } else {
        let how = if report.cached { "read from the cache" } else { "translated" };
        terminal.status("Finished", &format!("{}: {how} in {}", report.guest, seconds(duration)));
        terminal.text(&format!(
            "  {:<14} {}\n  {:<14} {}\n  {:<14} {}",
            "program", report.program, "guest text", bytes(report.text_bytes), "Rom", bytes(report.rom_bytes),
        ));
    }
    Ok(Exit::Success)
}
