//! `cargo zkvm prove`: until there are proofs, what goes into one.

mod forecast;
mod report;
mod selection;

use std::cell::RefCell;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use zkvm_sdk::translator::{Mode, Stream};
use zkvm_sdk::witness::{Compression, EmitError, Existing, Progress as Emitted, WitnessError, WitnessSummary};
use zkvm_sdk::{
    EmitOptions, Input, Outcome, Rom, Run, RunError, RunOptions, emit_witness, execute_traced, log_buffers, run_traced,
    trace_end,
};

use crate::atomic::AtomicFile;
use crate::console::{Console, StandardOutput};
use crate::execution::{ExecutionArgs, translate};
use crate::exit::Exit;
use crate::guest::{Guest, GuestArgs};
use crate::input::InputArgs;
use crate::numbers::{bytes, count};
use crate::terminal::Terminal;
use crate::trap::TrapReport;
use crate::{interrupt, print_json};
use forecast::Forecast;
use report::Report;
use selection::{parse_chunks, parse_table};

const EXAMPLES: &str = "\
Examples:
  cargo zkvm prove --emit-witness w --input data.json     the whole witness, in the folder w
  cargo zkvm prove --emit-witness w --chunks 0..10        the steps of the first ten chunks
  cargo zkvm prove --emit-witness w --tables load,store   these tables
  cargo zkvm check w                                      verify it, independently

The guest runs natively while other threads replay its chunks and write the tables (Arrow files; docs/witness-format.md). \
It is run twice: first to count its steps and to forecast the size. A run that traps has no witness.

Proofs themselves are not there yet: without --emit-witness this command says so and fails.";

/// Run a guest and write the witness of the run
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    guest: GuestArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    execution: ExecutionArgs,
    /// Write the witness to a folder, which appears when it is complete
    #[arg(long, value_name = "DIR")]
    emit_witness: Option<PathBuf>,
    /// Write the steps of these chunks only; the memory tables need all of them and are left out
    #[arg(long, value_name = "FIRST..END", value_parser = parse_chunks, requires = "emit_witness")]
    chunks: Option<std::ops::Range<u64>>,
    /// Write these tables only, separated by commas
    #[arg(long, value_name = "TABLES", value_delimiter = ',', value_parser = parse_table, requires = "emit_witness")]
    tables: Vec<zkvm_sdk::witness::Table>,
    /// Compress the tables (Zstandard): smaller, slower
    #[arg(long, requires = "emit_witness")]
    compress: bool,
    /// Replace the witness that is in the folder already
    #[arg(long, requires = "emit_witness")]
    replace: bool,
    /// Replay workers [default: as many as there are processors]
    #[arg(long, value_name = "NUMBER", requires = "emit_witness")]
    threads: Option<NonZeroUsize>,
    /// Write the guest's public output to a file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print the report as one JSON object on standard output
    #[arg(long)]
    json: bool,
    /// After a trap, print all registers and every call
    #[arg(long, short)]
    verbose: bool,
}

pub fn prove(args: &Args, terminal: &Terminal) -> anyhow::Result<Exit> {
    let Some(directory) = &args.emit_witness else {
        bail!("proofs are not there yet; `cargo zkvm prove --emit-witness DIR` writes what one will be made from");
    };
    if directory.symlink_metadata().is_ok() && !args.replace {
        bail!("{} exists already; choose another folder, or replace it with --replace", directory.display());
    }
    let guest = args.guest.load(terminal)?;
    let input = args.input.read(&guest.name)?;
    let output = args.output.as_deref().map(AtomicFile::create).transpose()?;
    let rom = (!args.execution.interpreter).then(|| translate(&guest.program, Mode::Traced, terminal).0);
    let witness = Witness { args, guest: &guest, input: &input, rom: rom.as_ref(), directory, terminal };
    interrupt::catch()?;
    let started = Instant::now();
    let forecast = match witness.count() {
        Ok(forecast) => forecast,
        Err(error) => return ended_early(error, terminal),
    };
    if let Outcome::Trapped { pc, trap } = forecast.run.outcome {
        TrapReport::new(&guest.program, &forecast.run, pc, trap).print(terminal, args.verbose);
        terminal.error("a run that traps has no witness; nothing was written");
        return Ok(Exit::GuestTrapped);
    }
    let counted = started.elapsed();
    terminal.status(
        "Forecast",
        &format!(
            "{}: at most {} of tables{}",
            count(forecast.run.steps(), "step"),
            bytes(forecast.bytes),
            if args.compress { " before compression" } else { "" }
        ),
    );
    let (summary, run, ran) = match witness.emit(&forecast) {
        Ok(emitted) => emitted,
        Err(error) => return not_emitted(error, terminal),
    };
    if let Some(mut file) = output {
        file.write_all(&run.public_output).context("cannot write the public output")?;
        file.finish()?;
    }
    let times = report::Times { count: counted, run: ran, finish: started.elapsed() - counted - ran };
    let report = Report::new(&witness, &forecast, &run, &summary, &times);
    if args.json {
        print_json(&report)?;
    } else {
        terminal.status("Finished", &format!("{}: the witness is in {}", guest.name, directory.display()));
        terminal.text(&report.text());
    }
    match run.outcome {
        Outcome::Halted { exit_code } if exit_code != 0 => {
            terminal.error(&format!("the guest ended with exit code {exit_code}"));
            Ok(Exit::GuestFailed)
        }
        _ => Ok(Exit::Success),
    }
}

/// One emission.
struct Witness<'a> {
    args: &'a Args,
    guest: &'a Guest,
    input: &'a Input,
    rom: Option<&'a Rom>,
    directory: &'a Path,
    terminal: &'a Terminal,
}

impl Witness<'_> {
    /// Runs the guest once without writing anything.
    fn count(&self) -> Result<Forecast, RunError> {
        let progress = self.terminal.progress("Counting", self.args.execution.max_steps.unwrap_or(0), "steps");
        let mut forecast = forecast::Sample::new(&self.guest.program, self.args.chunks.clone(), &self.args.tables);
        let mut console = |_, _: &[u8]| ();
        let mut advance = |steps| progress.at(steps);
        let mut options = RunOptions::new(&mut console);
        options.progress = &mut advance;
        options.log_buffers = Some(log_buffers(1, self.args.execution.chunk_steps));
        let run = self.run(&mut options, &mut |chunk| {
            forecast.chunk(&chunk);
            std::ops::ControlFlow::Continue(())
        })?;
        Ok(forecast.finish(run))
    }

    /// Runs it again, and writes what the workers make of its chunks. Also returns how long the guest ran.
    fn emit(&self, forecast: &Forecast) -> Result<(WitnessSummary, Run, Duration), EmitError<RunError>> {
        let Args { execution, json, chunks, tables, compress, replace, threads, .. } = self.args;
        let standard_output = if *json { StandardOutput::Reserved } else { StandardOutput::Free };
        let progress = self.terminal.progress("Writing", forecast.run.steps(), "steps");
        let merging = self.terminal.progress("Sorting", 0, "memory operations");
        let emit_options = EmitOptions {
            threads: *threads,
            tables: (!tables.is_empty()).then(|| tables.iter().copied().collect()),
            chunks: chunks.clone(),
            compression: if *compress { Compression::Zstd } else { Compression::None },
            existing: if *replace { Existing::Replace } else { Existing::Refuse },
            expected_bytes: (!compress).then_some(forecast.bytes),
            cancel: Some(interrupt::flag()),
        };
        let console = RefCell::new(Console::new(standard_output, &progress));
        let mut print = |stream: Stream, text: &[u8]| console.borrow_mut().print(stream, text);
        let mut options = RunOptions::new(&mut print);
        // One in each worker, one being filled, and some on their way.
        options.log_buffers = Some(log_buffers(self.threads() + 4, execution.chunk_steps));
        let started = Instant::now();
        let mut ran = Duration::ZERO;
        let mut kept = None;
        let summary = emit_witness(
            &self.guest.program,
            self.input,
            self.directory,
            &emit_options,
            |on_chunk| {
                let run = self.run(&mut options, on_chunk)?;
                ran = started.elapsed();
                let end = trace_end(&run);
                kept = Some(run);
                Ok(end)
            },
            &mut |emitted| match emitted {
                Emitted::Replayed { steps, .. } => progress.at(steps),
                Emitted::Merged { operations, .. } => merging.at(operations),
            },
        )?;
        let run = kept.ok_or(WitnessError::Cancelled)?;
        Ok((summary, run, ran))
    }

    fn run(
        &self,
        options: &mut RunOptions<'_>,
        on_chunk: &mut dyn FnMut(zkvm_sdk::Chunk) -> std::ops::ControlFlow<()>,
    ) -> Result<Run, RunError> {
        let execution = &self.args.execution;
        options.chunk_steps = execution.chunk_steps;
        options.max_steps = execution.max_steps;
        options.cancel = Some(interrupt::flag());
        let program = &self.guest.program;
        match self.rom {
            Some(rom) => Ok(execute_traced(program, rom, self.input, options, on_chunk)?.run),
            None => run_traced(program, zkvm_sdk::Engine::Interpreter, self.input, options, on_chunk),
        }
    }

    fn threads(&self) -> usize {
        self.args.threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
    }
}

fn not_emitted(error: EmitError<RunError>, terminal: &Terminal) -> anyhow::Result<Exit> {
    match error {
        EmitError::Run(error) => ended_early(error, terminal),
        EmitError::Witness(WitnessError::Cancelled) if interrupt::has_come() => interrupted(terminal),
        EmitError::Witness(error @ WitnessError::DiskTooSmall { .. }) => {
            Err(anyhow::Error::new(error)
                .context("nothing was written; --chunks, --tables and --compress make it smaller"))
        }
        EmitError::Witness(error) => Err(error.into()),
    }
}

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
