//! What is said of a proof that was made.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use zkvm_sdk::prover::Proved;
use zkvm_sdk::{PublicValues, digest_bytes};

use crate::execution::peak_memory_bytes;
use crate::forecast::Forecast;
use crate::guest::Guest;
use crate::numbers::{bytes, count, grouped, hex, seconds};

/// What is known besides the proof itself.
pub struct Made<'m> {
    pub guest: &'m Guest,
    pub path: PathBuf,
    pub bytes: u64,
    pub key: [u8; 32],
    pub public: PublicValues,
    pub resumed_segments: u64,
    pub cells: u64,
    pub count: Duration,
    pub setup: Duration,
    pub prove: Duration,
    pub verify: Duration,
    pub forecast: Forecast,
}

/// The object of `--json`; docs/cli.md describes it.
#[derive(Debug, Serialize)]
pub struct Report {
    guest: String,
    program: String,
    proof: PathBuf,
    proof_bytes: u64,
    key: String,
    exit_code: u32,
    public_output: String,
    input: String,
    security_bits: f64,
    steps: u64,
    segments: usize,
    segment_steps: u64,
    resumed_segments: u64,
    count_seconds: f64,
    setup_seconds: f64,
    prove_seconds: f64,
    segment_seconds: f64,
    table_seconds: f64,
    verify_seconds: f64,
    steps_per_second: f64,
    cells: u64,
    cells_per_step: f64,
    peak_memory_bytes: Option<u64>,
    forecast: Forecast,
}

impl Report {
    pub fn new(made: Made<'_>, proved: &Proved) -> Report {
        let steps = proved.steps;
        let prove_seconds = made.prove.as_secs_f64();
        Report {
            guest: made.guest.name.clone(),
            program: made.guest.program.id().to_string(),
            proof: made.path,
            proof_bytes: made.bytes,
            key: hex(&made.key),
            exit_code: made.public.exit_code,
            public_output: hex(&made.public.output),
            input: hex(&digest_bytes(&made.public.input)),
            security_bits: made.public.security_bits,
            steps,
            segments: made.public.segments,
            segment_steps: made.forecast.segment_steps,
            resumed_segments: made.resumed_segments,
            count_seconds: made.count.as_secs_f64(),
            setup_seconds: made.setup.as_secs_f64(),
            prove_seconds,
            segment_seconds: proved.times.segments.as_secs_f64(),
            table_seconds: proved.times.tables.as_secs_f64(),
            verify_seconds: made.verify.as_secs_f64(),
            steps_per_second: steps as f64 / prove_seconds.max(1e-9),
            cells: made.cells,
            cells_per_step: made.cells as f64 / steps.max(1) as f64,
            peak_memory_bytes: peak_memory_bytes(),
            forecast: made.forecast,
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: String| {
            let _ = writeln!(text, "  {name:<14} {value}");
        };
        let time = |seconds_of: f64| seconds(Duration::from_secs_f64(seconds_of));
        let resumed = match self.resumed_segments {
            0 => String::new(),
            resumed => format!(" ({} proved before)", grouped(resumed)),
        };
        line("program", self.program.clone());
        line("key", self.key.clone());
        line("exit code", self.exit_code.to_string());
        line("public output", bytes(self.public_output.len() as u64 / 2));
        line("steps", format!("{} in {}{resumed}", grouped(self.steps), count(self.segments as u64, "segment")));
        line("speed", format!("{} steps per second", grouped(self.steps_per_second as u64)));
        line("cells", format!("{:.1} per step", self.cells_per_step));
        line(
            "time",
            format!(
                "{} to count, {} to set up, {} to prove, {} to verify",
                time(self.count_seconds),
                time(self.setup_seconds),
                time(self.prove_seconds),
                time(self.verify_seconds)
            ),
        );
        line("proof", format!("{}, {:.1} bits of security", bytes(self.proof_bytes), self.security_bits));
        if let Some(peak) = self.peak_memory_bytes {
            line("peak memory", bytes(peak));
        }
        text
    }
}
