//! `cargo zkvm check`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, bail};
use serde::Serialize;
use zkvm_sdk::Outcome;
use zkvm_sdk::witness::{CheckOptions, CheckReport, check as check_witness};

use crate::exit::Exit;
use crate::numbers::{count, grouped, seconds};
use crate::terminal::Terminal;
use crate::{guest, print_json};

const EXAMPLES: &str = "\
Examples:
  cargo zkvm check w                       a witness written by `prove --emit-witness w`
  cargo zkvm check w --program guest.elf   and that it is one of this program

Every row is compared with the reference meaning of its instruction; every step must follow from the one before; every load \
must return the last value stored, or the initial one; the program, the counts and the public output must fit. Nothing of \
what wrote the witness is trusted. Exit status 1 if anything is wrong: the message names the first wrong row.";

/// Verify a witness, independently of what wrote it
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Folder with the witness
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// The program it must be of [default: the one in the folder]
    #[arg(long, value_name = "ELF")]
    program: Option<PathBuf>,
    /// Print the report as one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// The object of `--json`; docs/cli.md describes it.
#[derive(Debug, Serialize)]
struct Report {
    ok: bool,
    error: Option<String>,
    program: Option<String>,
    steps: Option<u64>,
    outcome: Option<&'static str>,
    exit_code: Option<u32>,
    complete: Option<bool>,
    not_checked: Vec<String>,
    tables: Vec<Table>,
    seconds: f64,
}

#[derive(Debug, Serialize)]
struct Table {
    name: &'static str,
    rows: u64,
}

pub fn check(args: &Args, terminal: &Terminal) -> anyhow::Result<Exit> {
    let directory = &args.directory;
    if !directory.is_dir() {
        bail!(
            "there is no folder {}; `cargo zkvm prove --emit-witness {}` writes one",
            directory.display(),
            directory.display()
        );
    }
    let program = args.program.as_deref().map(guest::load).transpose()?.map(|program| program.id());
    terminal.status("Checking", &directory.display().to_string());
    let started = Instant::now();
    let result = terminal.wait("Checking", || check_witness(directory, &CheckOptions { program, scratch: None }));
    let time = started.elapsed();
    if args.json {
        let mut report = match &result {
            Ok(report) => Report::good(report),
            Err(error) => Report::bad(format!("{error:#}")),
        };
        report.seconds = time.as_secs_f64();
        print_json(&report)?;
    }
    let report = result.with_context(|| format!("{} is no valid witness", directory.display()))?;
    if !args.json {
        let rows: u64 = report.tables.iter().map(|&(_, rows)| rows).sum();
        terminal.status(
            "Finished",
            &format!(
                "{} in {} are right ({})",
                count(rows, "row"),
                count(report.tables.len() as u64, "table"),
                seconds(time)
            ),
        );
        terminal.text(&text(&report));
    }
    if !report.not_checked.is_empty() {
        terminal.warning(&not_checked(&report));
    }
    Ok(Exit::Success)
}

fn text(report: &CheckReport) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "  {:<14} {}", "program", report.program);
    let _ = writeln!(text, "  {:<14} {}", "steps", grouped(report.steps));
    if let Outcome::Halted { exit_code } = report.outcome {
        let _ = writeln!(text, "  {:<14} halted with exit code {exit_code}", "outcome");
    }
    text
}

/// A partial witness: what is there is right, but it is not all.
fn not_checked(report: &CheckReport) -> String {
    let list: Vec<_> = report.not_checked.iter().map(|missing| format!("\n  {missing}")).collect();
    format!("the witness is a part of one; not checked:{}", list.concat())
}

impl Report {
    fn good(report: &CheckReport) -> Report {
        Report {
            ok: true,
            program: Some(report.program.to_string()),
            steps: Some(report.steps),
            outcome: Some(match report.outcome {
                Outcome::Halted { .. } => "halted",
                Outcome::Trapped { .. } => "trapped",
            }),
            exit_code: match report.outcome {
                Outcome::Halted { exit_code } => Some(exit_code),
                Outcome::Trapped { .. } => None,
            },
            complete: Some(report.not_checked.is_empty()),
            not_checked: report.not_checked.iter().map(ToString::to_string).collect(),
            tables: report.tables.iter().map(|&(table, rows)| Table { name: table.name(), rows }).collect(),
            ..Report::bad(String::new())
        }
        .without_error()
    }

    fn bad(error: String) -> Report {
        Report {
            ok: false,
            error: Some(error),
            program: None,
            steps: None,
            outcome: None,
            exit_code: None,
            complete: None,
            not_checked: Vec::new(),
            tables: Vec::new(),
            seconds: 0.0,
        }
    }

    fn without_error(self) -> Report {
        Report { error: None, ..self }
    }
}
