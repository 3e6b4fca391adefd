//! `cargo zkvm rom-setup`.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, bail};
use clap::ValueEnum;
use serde::Serialize;
use zkvm_sdk::translator::{Mode, listing};
use zkvm_sdk::{Program, Rom, RomOrigin};

use crate::atomic::AtomicFile;
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
  cargo zkvm rom-setup --emit asm      a listing: per RISC-V instruction its x86-64 code, blocks, log writes

`run` and `prove` do this themselves. The Rom is kept in the user's cache, by content: program, version of the tool, \
options, and features of the processor. `cargo zkvm clean` removes it.";

/// Translate a guest to native code, once
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    guest: GuestArgs,
    /// What to write to `--output`; a listing goes to standard output otherwise
    #[arg(long, value_enum, default_value_t = Emit::Rom)]
    emit: Emit,
    /// Write the Rom, or the listing, to a file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Translate without the instrumentation that writes the minimal trace
    #[arg(long)]
    no_trace: bool,
    /// Print the report as one JSON object on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Emit {
    /// The Rom itself
    Rom,
    /// A listing for people
    Asm,
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
    let mode = if args.no_trace { Mode::Untraced } else { Mode::Traced };
    let (rom, origin) = execution::translate(&guest.program, mode, terminal);
    let duration = started.elapsed();
    let file = rom.to_bytes();
    match (args.emit, &args.output) {
        (Emit::Rom, Some(path)) => atomic::write(path, &file)?,
        (Emit::Rom, None) => {}
        (Emit::Asm, Some(path)) => {
            let mut out = AtomicFile::create(path)?;
            listing(&guest.program, &rom, &mut out).with_context(|| format!("cannot write {}", path.display()))?;
            out.finish()?;
        }
        (Emit::Asm, None) if args.json => {
            bail!("--emit asm with --json needs --output FILE: standard output holds one of them")
        }
        (Emit::Asm, None) => return print_listing(&guest.program, &rom),
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
            "program",
            report.program,
            "guest text",
            bytes(report.text_bytes),
            "Rom",
            bytes(report.rom_bytes),
        ));
    }
    Ok(Exit::Success)
}

/// To standard output; who has read enough of it may close it.
fn print_listing(program: &Program, rom: &Rom) -> anyhow::Result<Exit> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match listing(program, rom, &mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(anyhow::Error::new(error).context("cannot write to standard output"))
        }
        _ => Ok(Exit::Success),
    }
}
