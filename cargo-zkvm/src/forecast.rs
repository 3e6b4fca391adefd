//! What is said before a proof is made.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;
use zkvm_sdk::prover::estimate::{Estimate, peak_memory_bytes};

use crate::numbers::{bytes, count, grouped, seconds};
use crate::speed::Speed;

/// The object of `--estimate --json`, and part of others; docs/cli.md describes it.
#[derive(Debug, Serialize)]
pub struct Forecast {
    pub steps: u64,
    pub segments: u64,
    pub segment_steps: u64,
    pub seconds: f64,
    /// Whether `seconds` follows from proofs made on this machine.
    pub measured_speed: bool,
    pub cells_per_second: f64,
    pub peak_memory_bytes: u64,
    pub cells: u64,
    pub cells_per_step: f64,
    pub tables: Vec<Table>,
}

#[derive(Debug, Serialize)]
pub struct Table {
    pub name: &'static str,
    pub rows: u64,
    pub padded_rows: u64,
    pub cells: u64,
}

impl Forecast {
    pub fn new(estimate: &Estimate, segment_steps: u64) -> Forecast {
        let Speed { cells_per_second, measured } = Speed::known();
        let cells = estimate.cells();
        let table = |table: &zkvm_sdk::prover::estimate::TableEstimate| Table {
            name: table.chip.name(),
            rows: table.rows,
            padded_rows: table.padded,
            cells: table.cells,
        };
        Forecast {
            steps: estimate.steps,
            segments: estimate.segments,
            segment_steps,
            seconds: estimate.seconds(cells_per_second),
            measured_speed: measured,
            cells_per_second,
            // A short run does not fill a segment.
            peak_memory_bytes: peak_memory_bytes(segment_steps.min(estimate.steps)),
            cells,
            cells_per_step: cells as f64 / estimate.steps.max(1) as f64,
            tables: estimate.tables.iter().map(table).collect(),
        }
    }

    /// In one line.
    pub fn line(&self) -> String {
        let speed = Speed { cells_per_second: self.cells_per_second, measured: self.measured_speed };
        format!(
            "{} in {}: about {} ({}) and {} of memory",
            count(self.steps, "step"),
            count(self.segments, "segment"),
            seconds(Duration::from_secs_f64(self.seconds)),
            speed.source(),
            bytes(self.peak_memory_bytes),
        )
    }

    /// The tables, the largest first.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut tables: Vec<&Table> = self.tables.iter().collect();
        tables.sort_by_key(|table| std::cmp::Reverse(table.cells));
        let _ = writeln!(text, "  {:<14} {:>15} {:>15} {:>8}", "table", "rows", "padded", "cells");
        for Table { name, rows, padded_rows, cells } in tables {
            let share = 100.0 * *cells as f64 / self.cells.max(1) as f64;
            let _ = writeln!(text, "  {name:<14} {:>15} {:>15} {share:>6.1} %", grouped(*rows), grouped(*padded_rows));
        }
        let _ = writeln!(text, "  {:.1} cells per step", self.cells_per_step);
        text
    }
}
