//! Benchmarks of the guests in `tests/guests`, on the machine at hand: everything they need is built, and what is
//! compared is measured in the same run, in turns.
mod clock;
mod measure;
mod native_run;
mod report;

use std::fs::File;
use std::io::stdout;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use zkvm_real_guests::{Guest, guest_elf, native, select};

use crate::measure::Prepared;
use crate::native_run::NativeRun;
use crate::report::Figures;

/// Benchmarks of the guests in tests/guests.
#[derive(Parser)]
enum Command {
    /// Native time of the same source, time without and with the minimal trace, and replay.
    Trace(Trace),
}

#[derive(clap::Args)]
struct Trace {
    /// Guests by name; without any, the bench set of guests.toml.
    guests: Vec<String>,
    /// Where to write the figures as a JSON list.
    #[arg(long)]
    json: Option<PathBuf>,
    /// How often everything is measured; the least time counts.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Measure the short inputs of the tests instead.
    #[arg(long)]
    test_inputs: bool,
}

fn main() -> Result<()> {
    match Command::parse() {
        Command::Trace(options) => trace(&options),
    }
}

fn trace(options: &Trace) -> Result<()> {
    let mut all = Vec::new();
    let mut guests = select(&options.guests)?;
    guests.retain(|guest| guest.bench || !options.guests.is_empty());
    for guest in guests {
        eprintln!("{}", guest.name);
        all.push(measure(&guest, options).with_context(|| format!("guest {}", guest.name))?);
    }
    report::print(&all, &mut stdout().lock())?;
    if let Some(path) = &options.json {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        serde_json::to_writer_pretty(file, &all)?;
    }
    Ok(())
}

fn measure(guest: &Guest, options: &Trace) -> Result<Figures> {
    let input = if options.test_inputs { guest.test_input.bytes()? } else { guest.bench_input.bytes()? };
    let native_run = NativeRun::new(native(guest)?, &input)?;
    let prepared = Prepared::new(&guest_elf(guest)?, input)?;
    let mut figures = Figures::new(guest, &prepared);
    for _ in 0..options.rounds {
        let (native_time, native_output) = native_run.run()?;
        let round = prepared.round()?;
        ensure!(round.public_output == native_output, "the public output differs from the native program's output");
        figures.add(native_time, &round);
    }
    Ok(figures)
}
