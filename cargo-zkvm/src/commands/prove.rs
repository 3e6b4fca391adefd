//! `cargo zkvm prove`: a proof of a run, or the witness that goes into one.

mod kept;
mod proof;
mod report;
mod size;
mod witness;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use zkvm_sdk::RunError;

use crate::execution::ExecutionArgs;
use crate::exit::Exit;
use crate::guest::GuestArgs;
use crate::input::InputArgs;
use crate::interrupt;
use crate::terminal::Terminal;
use size::{parse_bytes, parse_segment_steps};
use witness::selection::{parse_chunks, parse_table};

const EXAMPLES: &str = "\
Examples:
  cargo zkvm prove --input data.json -o run.proof         prove the guest in this directory
  cargo zkvm prove --input data.json --estimate           only say what it would take
  cargo zkvm prove --input data.json -o run.proof --resume    go on where an interrupted proof stopped
  cargo zkvm verify run.proof --program guest.elf         what anybody does with the proof
  cargo zkvm prove --emit-witness w --input data.json     the witness of the run instead, in the folder w
  cargo zkvm prove --emit-witness w --chunks 0..10        the steps of its first ten chunks
  cargo zkvm prove --emit-witness w --tables load,store   these of its tables

The guest is run twice: first to count its steps and to forecast time and memory, then segment by segment while the segments \
are proved. Finished segments are kept in FILE.segments until the proof is written, so that nothing is lost when the proof is \
interrupted. A run that traps has no proof; one that ends with another exit code than 0 has.

A witness (docs/witness-format.md) is the tables of the run as Arrow files; `cargo zkvm check` verifies it without any proof.";

/// Run a guest and prove it
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    guest: GuestArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    execution: ExecutionArgs,
    /// Write the proof to a file [default: the guest's name with .proof]; with --emit-witness: the guest's public output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only say what a proof will take: steps, segments, tables, time, memory
    #[arg(long, conflicts_with_all = ["emit_witness", "resume"])]
    estimate: bool,
    /// Steps of a segment, a power of two of at most 1048576 [default: as many as --max-memory allows]
    #[arg(long, value_name = "STEPS", value_parser = parse_segment_steps, conflicts_with = "emit_witness")]
    segment_steps: Option<u64>,
    /// Memory to do with: 6GiB, 800MB, … [default: what the machine has to spare, less a reserve]
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, conflicts_with = "emit_witness")]
    max_memory: Option<u64>,
    /// Go on where an interrupted proof stopped
    #[arg(long, conflicts_with = "emit_witness")]
    resume: bool,
    /// Write the witness to a folder, which appears when it is complete, and prove nothing
    #[arg(long, value_name = "DIR", help_heading = "Witness")]
    emit_witness: Option<PathBuf>,
    /// Write the steps of these chunks only; the memory tables need all of them and are left out
    #[arg(long, value_name = "FIRST..END", value_parser = parse_chunks, requires = "emit_witness", help_heading = "Witness")]
    chunks: Option<std::ops::Range<u64>>,
    /// Write these tables only, separated by commas
    #[arg(
        long,
        value_name = "TABLES",
        value_delimiter = ',',
        value_parser = parse_table,
        requires = "emit_witness",
        help_heading = "Witness"
    )]
    tables: Vec<zkvm_sdk::witness::Table>,
    /// Compress the tables (Zstandard): smaller, slower
    #[arg(long, requires = "emit_witness", help_heading = "Witness")]
    compress: bool,
    /// Replace the witness that is in the folder already
    #[arg(long, requires = "emit_witness", help_heading = "Witness")]
    replace: bool,
    /// Replay workers [default: as many as there are processors]
    #[arg(long, value_name = "NUMBER", requires = "emit_witness", help_heading = "Witness")]
    threads: Option<NonZeroUsize>,
    /// Print the report as one JSON object on standard output
    #[arg(long)]
    json: bool,
    /// After a trap, print all registers and every call
    #[arg(long, short)]
    verbose: bool,
}

pub fn prove(args: &Args, terminal: &Terminal) -> anyhow::Result<Exit> {
    match &args.emit_witness {
        Some(directory) => witness::write(args, directory, terminal),
        None => proof::prove(args, terminal),
    }
}

/// The guest did not come to its own end.
fn ended_early(error: RunError, terminal: &Terminal) -> anyhow::Result<Exit> {
    match error {
        RunError::StepLimit { .. } => {
            terminal.error(&error.to_string());
            Ok(Exit::StepLimit)
        }
        RunError::Cancelled { .. } if interrupt::has_come() => interrupted(terminal),
        error => Err(error.into()),
    }
}

fn interrupted(terminal: &Terminal) -> anyhow::Result<Exit> {
    terminal.error("interrupted; nothing was written");
    Ok(Exit::Interrupted)
}
