//! `run --report`: what a proof of the run will cost, and where.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::time::Duration;

use serde::Serialize;
use zkvm_sdk::circuit::ChipId;
use zkvm_sdk::prover::MAX_SEGMENT_STEPS;
use zkvm_sdk::prover::estimate::{self, Cost, Estimate, InstructionCost, segment_steps_within};
use zkvm_sdk::trace::CHUNK_STEPS;
use zkvm_sdk::witness::Class;
use zkvm_sdk::{Chunk, Engine, Input, Program, Rom, RunOptions, Symbols, execute_traced, log_buffers, run_traced};

use crate::forecast::Forecast;
use crate::guest::Guest;
use crate::numbers::{grouped, seconds};
use crate::terminal::Terminal;
use crate::{interrupt, memory};

/// Functions that are shown without `--verbose`.
const SHOWN: usize = 20;
/// Characters of a function's name that are shown without `--verbose`.
const LONGEST_NAME: usize = 80;

/// Part of the object of `--json`; docs/cli.md describes it.
#[derive(Debug, Serialize)]
pub struct CostReport {
    #[serde(flatten)]
    forecast: Forecast,
    /// By class of instructions, the dearest first.
    classes: Vec<Entry>,
    /// By function, the dearest first.
    functions: Vec<Entry>,
    /// Padding, and tables that are as high for every segment.
    other_cells: u64,
}

/// What some instructions cost.
#[derive(Debug, Serialize)]
struct Entry {
    name: String,
    steps: u64,
    cells: u64,
    /// Of all cells, padding included.
    share: f64,
    seconds: f64,
    rows: BTreeMap<&'static str, u64>,
}

impl CostReport {
    /// Runs the guest again and counts.
    pub fn of(guest: &Guest, input: &Input, rom: Option<&Rom>, terminal: &Terminal) -> anyhow::Result<CostReport> {
        let segment_steps = memory::usable_bytes().and_then(segment_steps_within).unwrap_or(MAX_SEGMENT_STEPS);
        let progress = terminal.progress("Counting", 0, "steps");
        let mut console = |_, _: &[u8]| ();
        let mut advance = |steps| progress.at(steps);
        let mut options = RunOptions::new(&mut console);
        options.cancel = Some(interrupt::flag());
        options.progress = &mut advance;
        options.log_buffers = Some(log_buffers(1, CHUNK_STEPS));
        let program = &guest.program;
        let (_, estimate) = estimate::estimate(
            program,
            segment_steps,
            |on_chunk: &mut dyn FnMut(Chunk) -> ControlFlow<()>| match rom {
                Some(rom) => execute_traced(program, rom, input, &mut options, on_chunk).map(|execution| execution.run),
                None => run_traced(program, Engine::Interpreter, input, &mut options, on_chunk),
            },
        )?;
        Ok(CostReport::new(program, &estimate, Forecast::new(&estimate, segment_steps)))
    }

    fn new(program: &Program, estimate: &Estimate, forecast: Forecast) -> CostReport {
        let classes = estimate.by(|cost| Class::of(cost.instruction).map_or("none", Class::name).to_owned());
        let symbols = Symbols::new(program);
        let start = |cost: &InstructionCost| program.function_at(cost.pc).map_or(cost.pc, |function| function.start);
        let mut functions: BTreeMap<String, Cost> = BTreeMap::new();
        for (start, cost) in estimate.by(start) {
            let name = symbols.locate(start).pop().map_or_else(|| format!("{start:#x}"), |frame| frame.function);
            *functions.entry(name).or_default() += cost;
        }
        let used: u64 = estimate.instructions.iter().map(|instruction| instruction.cost.cells).sum();
        let (all, speed) = (estimate.cells(), forecast.cells_per_second);
        let entries = |costs: BTreeMap<String, Cost>| {
            let mut entries: Vec<Entry> =
                costs.into_iter().map(|(name, cost)| Entry::new(name, &cost, all, speed)).collect();
            entries.sort_by_key(|entry| std::cmp::Reverse(entry.cells));
            entries
        };
        let other_cells = all.saturating_sub(used);
        CostReport { classes: entries(classes), functions: entries(functions), other_cells, forecast }
    }

    /// For people.
    pub fn text(&self, all: bool) -> String {
        let mut text = format!("\nA proof of this run: {}.\n{}", self.forecast.line(), self.forecast.text());
        let _ = writeln!(text, "\n  {:>15} {:>8} {:>10}  class and rows per step", "steps", "cells", "time");
        for entry in &self.classes {
            let _ = writeln!(text, "  {}{:<16} {}", entry.figures(), entry.name, entry.tables());
        }
        let _ = writeln!(text, "\n  {:>15} {:>8} {:>10}  function", "steps", "cells", "time");
        let shown = if all { self.functions.len() } else { self.functions.len().min(SHOWN) };
        for entry in &self.functions[..shown] {
            let cut = !all && entry.name.chars().count() > LONGEST_NAME;
            let name: String = entry.name.chars().take(if cut { LONGEST_NAME } else { usize::MAX }).collect();
            let _ = writeln!(text, "  {}{name}{}", entry.figures(), if cut { "…" } else { "" });
        }
        if shown < self.functions.len() {
            let _ = writeln!(text, "  and {} more (-v shows them)", self.functions.len() - shown);
        }
        let share = 100.0 * self.other_cells as f64 / self.forecast.cells.max(1) as f64;
        let _ =
            writeln!(text, "\n  {share:.1} % of the cells are padding, and tables of the same height in every segment");
        text
    }
}

impl Entry {
    fn new(name: String, cost: &Cost, all: u64, cells_per_second: f64) -> Entry {
        let rows = ChipId::ALL.iter().zip(cost.rows).filter(|(_, rows)| *rows > 0);
        Entry {
            name,
            steps: cost.steps,
            cells: cost.cells,
            share: cost.cells as f64 / all.max(1) as f64,
            seconds: cost.cells as f64 / cells_per_second,
            rows: rows.map(|(chip, rows)| (chip.name(), rows)).collect(),
        }
    }

    fn figures(&self) -> String {
        let time = seconds(Duration::from_secs_f64(self.seconds));
        format!("{:>15} {:>6.1} % {time:>10}  ", grouped(self.steps), 100.0 * self.share)
    }

    fn tables(&self) -> String {
        let mut tables: Vec<_> = self.rows.iter().collect();
        tables.sort_by_key(|(_, rows)| std::cmp::Reverse(**rows));
        let per_step = |(name, rows): (&&str, &u64)| format!("{name} {:.2}", *rows as f64 / self.steps.max(1) as f64);
        tables.into_iter().map(per_step).take(4).collect::<Vec<_>>().join(", ")
    }
}
