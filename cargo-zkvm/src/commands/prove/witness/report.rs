//! What is said of a witness that was written.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use zkvm_sdk::witness::WitnessSummary;
use zkvm_sdk::{Outcome, Run};

use super::Witness;
use super::forecast::Forecast;
use crate::execution::peak_memory_bytes;
use crate::numbers::{bytes, count, grouped, hex, seconds};

/// Where the time went.
pub struct Times {
    pub count: Duration,
    pub run: Duration,
    pub finish: Duration,
}

/// The object of `--json`; docs/cli.md describes it.
#[derive(Debug, Serialize)]
pub struct Report {
    guest: String,
    program: String,
    directory: PathBuf,
    outcome: &'static str,
    exit_code: Option<u32>,
    public_output: String,
    steps: u64,
    mhz: f64,
    chunks: u64,
    log_bytes: u64,
    complete: bool,
    rows: u64,
    bytes: u64,
    forecast_bytes: u64,
    tables: Vec<TableReport>,
    threads: usize,
    count_seconds: f64,
    run_seconds: f64,
    finish_seconds: f64,
    peak_memory_bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
struct TableReport {
    name: &'static str,
    rows: u64,
    bytes: u64,
}

impl Report {
    pub fn new(
        witness: &Witness<'_>,
        forecast: &Forecast,
        run: &Run,
        summary: &WitnessSummary,
        times: &Times,
    ) -> Report {
        let counted = &forecast.run;
        let tables: Vec<_> = summary
            .tables
            .iter()
            .map(|&(table, rows, bytes)| TableReport { name: table.name(), rows, bytes })
            .collect();
        Report {
            guest: witness.guest.name.clone(),
            program: witness.guest.program.id().to_string(),
            directory: witness.directory.to_owned(),
            outcome: "halted",
            exit_code: match run.outcome {
                Outcome::Halted { exit_code } => Some(exit_code),
                Outcome::Trapped { .. } => None,
            },
            public_output: hex(&run.public_output),
            steps: run.steps(),
            mhz: counted.steps() as f64 / counted.duration.as_secs_f64().max(1e-9) / 1e6,
            chunks: run.steps().div_ceil(witness.args.execution.chunk_steps),
            log_bytes: run.log_bytes,
            complete: summary.complete,
            rows: tables.iter().map(|table| table.rows).sum(),
            bytes: summary.bytes,
            forecast_bytes: forecast.bytes,
            tables,
            threads: witness.threads(),
            count_seconds: times.count.as_secs_f64(),
            run_seconds: times.run.as_secs_f64(),
            finish_seconds: times.finish.as_secs_f64(),
            peak_memory_bytes: peak_memory_bytes(),
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: String| {
            let _ = writeln!(text, "  {name:<14} {value}");
        };
        let time = |seconds_of: f64| seconds(Duration::from_secs_f64(seconds_of));
        line("program", self.program.clone());
        line("outcome", format!("halted with exit code {}", self.exit_code.unwrap_or_default()));
        line("steps", format!("{} ({:.0} MHz in the counting run)", grouped(self.steps), self.mhz));
        line("minimal trace", format!("{}, {} of read log", count(self.chunks, "chunk"), bytes(self.log_bytes)));
        let part = if self.complete { "" } else { " (a part, as asked)" };
        line(
            "witness",
            format!(
                "{} in {}, {}{part}",
                count(self.rows, "row"),
                count(self.tables.len() as u64, "table"),
                bytes(self.bytes)
            ),
        );
        for table in self.tables.iter().filter(|table| table.rows > 0) {
            line("", format!("{:<16} {:>15} rows  {:>10}", table.name, grouped(table.rows), bytes(table.bytes)));
        }
        line(
            "time",
            format!(
                "{} counting run, {} until the guest ended (replay by {} beside it), {} to finish",
                time(self.count_seconds),
                time(self.run_seconds),
                count(self.threads as u64, "thread"),
                time(self.finish_seconds)
            ),
        );
        if let Some(peak) = self.peak_memory_bytes {
            line("peak memory", bytes(peak));
        }
        line("next", format!("cargo zkvm check {}", self.directory.display()));
        text
    }
}
