//! `prove --emit-witness`: the witness of a run.

mod forecast;
mod report;
pub mod selection;

use std::cell::RefCell;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use zkvm_sdk::translator::{Mode, Stream};
use zkvm_sdk::witness::{Compression, EmitError, Existing, Progress as Emitted, WitnessError, WitnessSummary};
use zkvm_sdk::{
    EmitOptions, Input, Outcome, Rom, Run, RunError, RunOptions, emit_witness, execute_traced, log_buffers, run_traced,
    trace_end,
};

use super::{Args, ended_early};
use crate::atomic::AtomicFile;
use crate::console::{Console, StandardOutput};
use crate::execution::translate;
use crate::exit::Exit;
use crate::guest::Guest;
use crate::numbers::{bytes, count};
use crate::terminal::Terminal;
use crate::trap::TrapReport;
use crate::{interrupt, print_json};
use forecast::Forecast;
use report::{Report, Times};

/// Runs the guest, and writes the witness to `directory`.
pub fn write(args: &Args, directory: &Path, terminal: &Terminal) -> anyhow::Result<Exit> {
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
    let times = Times { count: counted, run: ran, finish: started.elapsed() - counted - ran };
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
pub struct Witness<'a> {
    pub args: &'a Args,
    pub guest: &'a Guest,
    input: &'a Input,
    rom: Option<&'a Rom>,
    pub directory: &'a Path,
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

    pub fn threads(&self) -> usize {
        self.args.threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
    }
}

fn not_emitted(error: EmitError<RunError>, terminal: &Terminal) -> anyhow::Result<Exit> {
    match error {
        EmitError::Run(error) => ended_early(error, terminal),
        EmitError::Witness(WitnessError::Cancelled) if interrupt::has_come() => super::interrupted(terminal),
        EmitError::Witness(error @ WitnessError::DiskTooSmall { .. }) => {
            Err(anyhow::Error::new(error)
                .context("nothing was written; --chunks, --tables and --compress make it smaller"))
        }
        EmitError::Witness(error) => Err(error.into()),
    }
}
