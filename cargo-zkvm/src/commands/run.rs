//! `cargo zkvm run`.

mod cost;

use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::Serialize;
use zkvm_sdk::translator::{Mode, ScopeTotal, Stream};
use zkvm_sdk::{
    Chunk, Engine, Execution, Input, Outcome, Rom, Run, RunError, RunOptions, TraceWriter, execute, execute_traced,
    log_buffers, run as run_with, run_traced, trace_end,
};

use crate::atomic::AtomicFile;
use crate::console::{Console, StandardOutput};
use crate::execution::{ExecutionArgs, peak_memory_bytes, translate};
use crate::exit::Exit;
use crate::guest::{Guest, GuestArgs};
use crate::input::InputArgs;
use crate::numbers::{bytes, count, grouped, hex, seconds};
use crate::terminal::Terminal;
use crate::trap::TrapReport;
use crate::{interrupt, print_json};
use cost::CostReport;

const EXAMPLES: &str = "\
Examples:
  cargo zkvm run                                  build the guest in this directory and run it
  cargo zkvm run --input data.json --output out   what it reads, where its public output goes
  cargo zkvm run guest.elf --input hex:2a000000   an ELF file, its input in hex
  cargo zkvm run -- --verbose                     arguments of the guest
  cargo zkvm run --json | jq .steps               the report as one object
  cargo zkvm run --report                         and what a proof of the run will cost, by instruction and function

What the guest prints goes to standard output and standard error, the report to standard error. With --json standard \
output holds the object alone, and what the guest prints goes to standard error.

A trap is reported with its place in the source and the calls it happened in. Exit status: 0 if the guest ended with exit \
code 0, 3 with another one, 4 if it trapped, 5 at the step limit, 1 on errors.";

/// Run a guest natively, and measure it
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    guest: GuestArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    execution: ExecutionArgs,
    /// Write the guest's public output to a file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the minimal trace to a file (docs/trace-format.md)
    #[arg(long, value_name = "FILE", conflicts_with = "no_trace")]
    trace: Option<PathBuf>,
    /// Run without the instrumentation that writes the minimal trace: somewhat faster
    #[arg(long)]
    no_trace: bool,
    /// Run a second time, and say what a proof will cost: steps, rows and cells per class of instructions and per function
    #[arg(long, conflicts_with = "no_trace")]
    report: bool,
    /// Print the report as one JSON object on standard output
    #[arg(long)]
    json: bool,
    /// After a trap, print all registers and every call; with --report, every function
    #[arg(long, short)]
    verbose: bool,
}

/// The object of `--json`; docs/cli.md describes it.
#[derive(Debug, Serialize)]
struct Report {
    guest: String,
    program: String,
    outcome: &'static str,
    exit_code: Option<u32>,
    trap: Option<TrapReport>,
    engine: &'static str,
    steps: u64,
    seconds: f64,
    mhz: f64,
    setup_seconds: f64,
    chunks: Option<u64>,
    log_bytes: Option<u64>,
    public_output: Option<String>,
    peak_memory_bytes: Option<u64>,
    scopes: Vec<Scope>,
    report: Option<CostReport>,
}

#[derive(Debug, Serialize)]
struct Scope {
    name: String,
    entered: u64,
    steps: u64,
}

impl From<&ScopeTotal> for Scope {
    fn from(total: &ScopeTotal) -> Scope {
        Scope { name: total.name.clone(), entered: total.entered, steps: total.steps }
    }
}

/// Where the chunks of a run go.
struct ChunkSink {
    writer: Option<TraceWriter<AtomicFile>>,
    chunks: u64,
    failed: Option<io::Error>,
}

pub fn run(args: &Args, terminal: &Terminal) -> anyhow::Result<Exit> {
    let guest = args.guest.load(terminal)?;
    let input = args.input.read(&guest.name)?;
    // Opened before the run, so that a mistake costs no time.
    let output = args.output.as_deref().map(AtomicFile::create).transpose()?;
    let trace = args.trace.as_deref().map(AtomicFile::create).transpose()?;
    let started = Instant::now();
    let mode = if args.no_trace { Mode::Untraced } else { Mode::Traced };
    let rom = (!args.execution.interpreter).then(|| translate(&guest.program, mode, terminal).0);
    let setup = started.elapsed();
    let mut sink = ChunkSink::new(trace, &guest)?;
    let executed = execute_guest(args, &guest, rom.as_ref(), &input, &mut sink, terminal)?;
    let Execution { run, fallback } = match executed {
        Ok(execution) => execution,
        Err(RunError::StepLimit { steps, pc }) => return step_limit(args, &guest, steps, pc, terminal),
        Err(RunError::Cancelled { .. }) if sink.failed.is_some() => {
            let path = args.trace.clone().unwrap_or_default();
            let error = sink.failed.unwrap_or_else(|| io::ErrorKind::Other.into());
            return Err(anyhow::Error::new(error).context(format!("cannot write the trace {}", path.display())));
        }
        Err(RunError::Cancelled { steps }) if interrupt::has_come() => {
            terminal.error(&format!("interrupted after {}", count(steps, "step")));
            return Ok(Exit::Interrupted);
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(reason) = &fallback {
        terminal.warning(&format!("{reason}; it was interpreted: the same result, slower"));
    }
    let chunks = sink.chunks;
    sink.finish(&run).context("cannot write the trace")?;
    if let (Some(mut file), Outcome::Halted { .. }) = (output, run.outcome) {
        file.write_all(&run.public_output).context("cannot write the public output")?;
        file.finish()?;
    }
    let engine = if fallback.is_some() || rom.is_none() { "interpreter" } else { "native" };
    let mut report = Report::new(args, &guest, &run, engine, setup, chunks);
    if args.report && matches!(run.outcome, Outcome::Halted { .. }) {
        report.report = Some(CostReport::of(&guest, &input, rom.as_ref(), terminal)?);
    }
    finish(args, &report, &run, terminal)
}

/// The outer error is one of the tool, the inner one of the run.
fn execute_guest(
    args: &Args,
    guest: &Guest,
    rom: Option<&Rom>,
    input: &Input,
    sink: &mut ChunkSink,
    terminal: &Terminal,
) -> anyhow::Result<Result<Execution, RunError>> {
    let progress = terminal.progress("Running", args.execution.max_steps.unwrap_or(0), "steps");
    let standard_output = if args.json { StandardOutput::Reserved } else { StandardOutput::Free };
    let console = RefCell::new(Console::new(standard_output, &progress));
    let mut print = |stream: Stream, text: &[u8]| console.borrow_mut().print(stream, text);
    let mut advance = |steps| progress.at(steps);
    let mut options = RunOptions::new(&mut print);
    options.chunk_steps = args.execution.chunk_steps;
    options.max_steps = args.execution.max_steps;
    interrupt::catch()?;
    options.cancel = Some(interrupt::flag());
    options.progress = &mut advance;
    let program = &guest.program;
    let executed = if args.no_trace {
        match rom {
            Some(rom) => execute(program, rom, input, &mut options),
            None => run_with(program, Engine::Interpreter, input, &mut options).map(interpreted),
        }
    } else {
        options.log_buffers = Some(log_buffers(1, options.chunk_steps));
        let mut on_chunk = |chunk| sink.take(chunk);
        match rom {
            Some(rom) => execute_traced(program, rom, input, &mut options, &mut on_chunk),
            None => run_traced(program, Engine::Interpreter, input, &mut options, &mut on_chunk).map(interpreted),
        }
    };
    match console.into_inner().finish() {
        Some(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            bail!("standard output was closed while the guest was printing; it was stopped")
        }
        Some(error) => Err(anyhow::Error::new(error).context("cannot print what the guest prints; it was stopped")),
        None => Ok(executed),
    }
}

fn interpreted(run: Run) -> Execution {
    Execution { run, fallback: None }
}

impl ChunkSink {
    fn new(file: Option<AtomicFile>, guest: &Guest) -> anyhow::Result<ChunkSink> {
        let writer = file.map(|file| TraceWriter::new(file, guest.program.id())).transpose();
        Ok(ChunkSink { writer: writer.context("cannot write the trace")?, chunks: 0, failed: None })
    }

    fn take(&mut self, chunk: Chunk) -> ControlFlow<()> {
        self.chunks += 1;
        if let Some(writer) = &mut self.writer
            && let Err(error) = writer.chunk(&chunk)
        {
            self.failed = Some(error);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn finish(self, run: &Run) -> anyhow::Result<()> {
        match self.writer {
            Some(writer) => writer.finish(&trace_end(run))?.finish(),
            None => Ok(()),
        }
    }
}

impl Report {
    fn new(args: &Args, guest: &Guest, run: &Run, engine: &'static str, setup: Duration, chunks: u64) -> Report {
        let (outcome, exit_code, trap) = match run.outcome {
            Outcome::Halted { exit_code } => ("halted", Some(exit_code), None),
            Outcome::Trapped { pc, trap } => ("trapped", None, Some(TrapReport::new(&guest.program, run, pc, trap))),
        };
        let traced = |value| (!args.no_trace).then_some(value);
        Report {
            guest: guest.name.clone(),
            program: guest.program.id().to_string(),
            outcome,
            exit_code,
            trap,
            engine,
            steps: run.steps(),
            seconds: run.duration.as_secs_f64(),
            mhz: run.steps() as f64 / run.duration.as_secs_f64().max(1e-9) / 1e6,
            setup_seconds: setup.as_secs_f64(),
            chunks: traced(chunks),
            log_bytes: traced(run.log_bytes),
            public_output: exit_code.map(|_| hex(&run.public_output)),
            peak_memory_bytes: peak_memory_bytes(),
            scopes: run.scopes.iter().map(Scope::from).collect(),
            report: None,
        }
    }

    /// For people.
    fn text(&self, run: &Run) -> String {
        let mut text = String::new();
        let time = seconds(run.duration);
        let mut line = |name: &str, value: String| {
            let _ = writeln!(text, "  {name:<14} {value}");
        };
        if let Some(code) = self.exit_code {
            line("outcome", format!("halted with exit code {code}"));
        }
        line("steps", format!("{} in {time} ({:.0} MHz, {})", grouped(self.steps), self.mhz, self.engine));
        if let (Some(chunks), Some(log)) = (self.chunks, self.log_bytes) {
            line("minimal trace", format!("{}, {} of read log", count(chunks, "chunk"), bytes(log)));
        }
        if self.exit_code.is_some() {
            line("public output", shortened(&run.public_output));
        }
        line("set-up", seconds(Duration::from_secs_f64(self.setup_seconds)));
        if let Some(peak) = self.peak_memory_bytes {
            line("peak memory", bytes(peak));
        }
        for Scope { name, entered, steps } in &self.scopes {
            let share = 100.0 * *steps as f64 / self.steps.max(1) as f64;
            line(
                "scope",
                format!("{name}: {} ({share:.1} %), entered {}", count(*steps, "step"), count(*entered, "time")),
            );
        }
        text
    }
}

/// Length and the first bytes.
fn shortened(output: &[u8]) -> String {
    const SHOWN: usize = 32;
    let length = bytes(output.len() as u64);
    match output {
        [] => "none".to_owned(),
        _ if output.len() <= SHOWN => format!("{length}: {}", hex(output)),
        _ => format!("{length}: {}… (all of it: --output FILE)", hex(&output[..SHOWN])),
    }
}

fn finish(args: &Args, report: &Report, run: &Run, terminal: &Terminal) -> anyhow::Result<Exit> {
    if args.json {
        print_json(report)?;
    } else {
        terminal.status("Finished", &report.guest);
        terminal.text(&report.text(run));
        if let Some(cost) = &report.report {
            terminal.text(&cost.text(args.verbose));
        }
    }
    if let Some(trap) = &report.trap {
        trap.print(terminal, args.verbose);
        return Ok(Exit::GuestTrapped);
    }
    match report.exit_code {
        Some(0) => Ok(Exit::Success),
        code => {
            terminal.error(&format!("the guest ended with exit code {}", code.unwrap_or_default()));
            Ok(Exit::GuestFailed)
        }
    }
}

fn step_limit(args: &Args, guest: &Guest, steps: u64, pc: u64, terminal: &Terminal) -> anyhow::Result<Exit> {
    let symbols = zkvm_sdk::Symbols::new(&guest.program);
    let place = symbols.locate(pc).first().map(|frame| format!(" in {}", frame.function)).unwrap_or_default();
    if args.json {
        print_json(&serde_json::json!({
            "guest": guest.name,
            "program": guest.program.id().to_string(),
            "outcome": "step_limit",
            "steps": steps,
            "pc": format!("{pc:#x}"),
        }))?;
    }
    terminal.error(&format!(
        "the guest had not ended after {}, the limit given; it is at {pc:#x}{place}",
        count(steps, "step")
    ));
    Ok(Exit::StepLimit)
}
