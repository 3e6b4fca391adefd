//! Benchmarks of the guests in `tests/guests`, on the machine at hand: everything they need is built, and what is
//! compared is measured in the same run, in turns.
#[cfg(not(target_env = "msvc"))]
mod allocator;
mod clock;
mod measure;
mod native_run;
mod prove;
mod prove_report;
mod replay;
mod report;

use std::fs::File;
use std::io::stdout;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use zkvm_real_guests::{Guest, guest_elf, native, select};
use zkvm_sdk::prover::MAX_SEGMENT_STEPS;

use crate::measure::Prepared;
use crate::native_run::NativeRun;
use crate::report::Figures;

/// Benchmarks of the guests in tests/guests.
#[derive(Parser)]
enum Command {
    /// Native time of the same source, time without and with the minimal trace, and replay.
    Trace(Trace),
    /// Replay of the minimal trace into the rows of its steps: by the reference semantics, and native code's into tiles that
    /// are read while hot, and into memory.
    Replay(Trace),
    /// How the run with replay beside it grows with the number of steps, from 10^6 to 10^10: time and memory.
    Growth(Growth),
    /// Proofs, made and verified: time, cells, size, memory.
    Prove(Prove),
    /// What `prove` starts for each guest.
    #[command(hide = true)]
    ProveOne { guest: String, elf: PathBuf, input: PathBuf, segment_steps: u64 },
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

#[derive(clap::Args)]
struct Growth {
    /// Largest number of steps, as a power of ten.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(6..=12))]
    up_to: u32,
    /// Where to write the figures as a JSON list.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(clap::Args)]
struct Prove {
    /// Guests by name; without any, sha256, keccak, sort, ecdsa, revm, json, with about 10^7 steps each.
    guests: Vec<String>,
    /// Where to write the figures as a JSON list.
    #[arg(long)]
    json: Option<PathBuf>,
    /// How often everything is measured; the fastest counts.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Steps of a segment.
    #[arg(long, default_value_t = MAX_SEGMENT_STEPS)]
    segment_steps: u64,
    /// Also print each table's share of the cells.
    #[arg(long)]
    tables: bool,
}

fn main() -> Result<()> {
    match Command::parse() {
        Command::Trace(options) => trace(&options),
        Command::Replay(options) => replay_all(&options),
        Command::Growth(options) => growth(&options),
        Command::Prove(options) => prove_all(&options),
        Command::ProveOne { guest, elf, input, segment_steps } => {
            let proved = prove::in_child(guest, &elf, &input, segment_steps)?;
            Ok(serde_json::to_writer(stdout().lock(), &proved)?)
        }
    }
}

/// What provers are compared by.
const PROVED: [&str; 6] = ["sha256", "keccak", "sort", "ecdsa", "revm", "json"];

fn prove_all(options: &Prove) -> Result<()> {
    let names = if options.guests.is_empty() { PROVED.map(str::to_owned).to_vec() } else { options.guests.clone() };
    let mut all: Vec<prove::Proved> = Vec::new();
    for guest in select(&names)? {
        eprintln!("{}", guest.name);
        let measure = || prove::measure(&guest, options.segment_steps).with_context(|| format!("guest {}", guest.name));
        let mut best = measure()?;
        for _ in 1..options.rounds {
            best = best.better(measure()?);
        }
        all.push(best);
    }
    prove_report::print(&all, options.tables, &mut stdout().lock())?;
    write_json(options.json.as_deref(), &all)
}

fn write_json(path: Option<&Path>, figures: &impl serde::Serialize) -> Result<()> {
    let Some(path) = path else { return Ok(()) };
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(serde_json::to_writer_pretty(file, figures)?)
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
    write_json(options.json.as_deref(), &all)
}

fn replay_all(options: &Trace) -> Result<()> {
    let mut all = Vec::new();
    let mut guests = select(&options.guests)?;
    guests.retain(|guest| guest.bench || !options.guests.is_empty());
    for guest in guests {
        eprintln!("{}", guest.name);
        let input = if options.test_inputs { guest.test_input.bytes()? } else { guest.bench_input.bytes()? };
        let measured = replay::measure(&guest.name, &guest_elf(&guest)?, input, options.rounds);
        all.push(measured.with_context(|| format!("guest {}", guest.name))?);
    }
    replay::print(&all, &mut stdout().lock())?;
    write_json(options.json.as_deref(), &all)
}

fn growth(options: &Growth) -> Result<()> {
    let all = replay::growth(options.up_to)?;
    replay::print_growth(&all, &mut stdout().lock())?;
    write_json(options.json.as_deref(), &all)
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
