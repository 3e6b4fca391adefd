//! The benchmarks' guests executed by SP1, by PolkaVM, by this repository and natively, on the machine at hand: everything
//! is built, and what is compared is measured in the same run, in turns.
mod clock;
mod executors;
mod guests;
mod picture;
mod programs;
mod report;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::stdout;
use std::path::PathBuf;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use zkvm_real_guests::{Guest, select};

use crate::executors::{Kind, Ready};
use crate::programs::Programs;
use crate::report::{Compared, Measured, Report};

/// As in Cargo.toml.
const SP1_VERSION: &str = "6.10.0";
const POLKAVM_VERSION: &str = "0.37.0";

/// Executes the benchmarks' guests by SP1, by PolkaVM, by this repository and natively.
#[derive(Parser)]
struct Options {
    /// Guests by name; without any, the bench set of guests.toml.
    guests: Vec<String>,
    /// Where to write the figures as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Where to write the comparison as a picture (SVG).
    #[arg(long)]
    svg: Option<PathBuf>,
    /// How often everything is measured; the least time counts.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Measure the short inputs of the tests instead.
    #[arg(long)]
    test_inputs: bool,
    #[command(flatten)]
    executors: executors::Options,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let mut guests = select(&options.guests)?;
    guests.retain(|guest| guest.bench || !options.guests.is_empty());
    let mut built = Vec::new();
    for guest in guests {
        eprintln!("{}: building", guest.name);
        let programs = Programs::build(&guest).with_context(|| format!("guest {}", guest.name))?;
        built.push((guest, programs));
    }
    let mut all = Vec::new();
    for (guest, programs) in &built {
        eprintln!("{}: measuring", guest.name);
        all.push(compare(guest, programs, &options).with_context(|| format!("guest {}", guest.name))?);
    }
    let report = Report {
        sp1_core_executor: SP1_VERSION,
        polkavm: POLKAVM_VERSION,
        rounds: options.rounds,
        sp1_chunk: options.executors.sp1_chunk,
        guests: all,
    };
    report::print(&report, &mut stdout().lock())?;
    write_files(&options, &report)
}

/// Runs a guest by everyone in turns. A peer that cannot translate it is left out, with the reason; one that fails to run
/// it, or has another output, is an error.
fn compare(guest: &Guest, programs: &Programs, options: &Options) -> Result<Compared> {
    let input = if options.test_inputs { guest.test_input.bytes()? } else { guest.bench_input.bytes()? };
    let (mut measured, mut missing, mut ready) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for kind in Kind::ALL {
        match kind.prepare(programs, &input, &options.executors) {
            Ok(Ready { executor, translation }) => {
                measured.insert(kind, Measured::new(translation));
                ready.push((kind, executor));
            }
            Err(reason) => _ = missing.insert(kind, format!("{reason:#}")),
        }
    }
    let mut expected = None;
    for _ in 0..options.rounds {
        for (kind, executor) in &mut ready {
            let ran = executor.run().with_context(|| kind.to_string())?;
            let expected = expected.get_or_insert_with(|| ran.public_output.clone());
            ensure!(ran.public_output == *expected, "the public output of {kind} differs from the native program's");
            measured.entry(*kind).and_modify(|measured| measured.add(&ran));
        }
    }
    Ok(Compared { guest: guest.name.clone(), measured, missing })
}

/// A relative path is meant from where `run` was started.
fn write_files(options: &Options, report: &Report) -> Result<()> {
    let started_in = env::var_os("PEER_STARTED_IN").map(PathBuf::from).unwrap_or_default();
    if let Some(path) = &options.json {
        let path = started_in.join(path);
        let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        serde_json::to_writer_pretty(file, report)?;
    }
    if let Some(path) = &options.svg {
        let path = started_in.join(path);
        fs::write(&path, picture::draw(report)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
