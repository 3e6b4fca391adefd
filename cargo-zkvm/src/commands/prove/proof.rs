//! `prove`: run → forecast → segments → proof file.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, bail};
use serde::Serialize;
use zkvm_sdk::prover::estimate::{
    self, Estimate, EstimateError, TableShapes, peak_memory_bytes, proved_tables, segment_steps_within,
};
use zkvm_sdk::prover::{self, MAX_SEGMENT_STEPS, Progress as Done, ProveError, Proved};
use zkvm_sdk::translator::{Mode, Stream};
use zkvm_sdk::{
    Chunk, Engine, Input, Outcome, Proof, Rom, Run, RunError, RunOptions, execute_traced, log_buffers, run_traced,
    setup, trace_end, verify,
};

use super::kept::Kept;
use super::report::{Made, Report};
use super::{Args, ended_early, interrupted};
use crate::atomic::AtomicFile;
use crate::console::{Console, StandardOutput};
use crate::execution::translate;
use crate::exit::Exit;
use crate::forecast::Forecast;
use crate::guest::Guest;
use crate::numbers::{bytes, count};
use crate::terminal::Terminal;
use crate::trap::TrapReport;
use crate::{atomic, interrupt, memory, print_json, speed};

/// One proof that is to be made.
struct Proving<'a> {
    args: &'a Args,
    guest: &'a Guest,
    input: &'a Input,
    rom: Option<&'a Rom>,
    segment_steps: u64,
    terminal: &'a Terminal,
}

/// The object of `--estimate --json`.
#[derive(Serialize)]
struct EstimateReport<'r> {
    guest: &'r str,
    program: String,
    exit_code: u32,
    #[serde(flatten)]
    forecast: &'r Forecast,
}

pub fn prove(args: &Args, terminal: &Terminal) -> anyhow::Result<Exit> {
    let guest = args.guest.load(terminal)?;
    let target = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.proof", guest.name)));
    let kept = Kept::of(&target);
    if !args.estimate {
        // A mistake must not cost an hour.
        drop(AtomicFile::create(&target)?);
        kept.check(args.resume)?;
    }
    let input = args.input.read(&guest.name)?;
    let segment_steps = segment_steps(args, kept.segment_steps().filter(|_| args.resume))?;
    let rom = (!args.execution.interpreter).then(|| translate(&guest.program, Mode::Traced, terminal).0);
    let proving = Proving { args, guest: &guest, input: &input, rom: rom.as_ref(), segment_steps, terminal };
    interrupt::catch()?;
    let started = Instant::now();
    let (run, estimate) = match proving.count() {
        Ok(counted) => counted,
        Err(EstimateError::Run(error)) => return ended_early(error, terminal),
        Err(error) => return Err(error.into()),
    };
    let exit_code = match run.outcome {
        Outcome::Halted { exit_code } => exit_code,
        Outcome::Trapped { pc, trap } => {
            TrapReport::new(&guest.program, &run, pc, trap).print(terminal, args.verbose);
            terminal.error("a run that traps has no proof; nothing was written");
            return Ok(Exit::GuestTrapped);
        }
    };
    let counted = started.elapsed();
    let forecast = Forecast::new(&estimate, segment_steps);
    terminal.status("Forecast", &forecast.line());
    if args.estimate {
        return print_estimate(&proving, &forecast, exit_code);
    }
    if exit_code != 0 {
        terminal.warning(&format!("the guest ends with exit code {exit_code}; that is what will be proved"));
    }
    let setting_up = Instant::now();
    let setup = terminal.wait("Setting up", || setup(&guest.program))?;
    let (key, set_up) = (setup.key.clone(), setting_up.elapsed());
    kept.begin(segment_steps)?;
    let started = Instant::now();
    let mut resumed_segments = 0;
    let (mut proved, resumed_steps) = match proving.prove(setup, &kept, &forecast, &mut resumed_segments) {
        Ok(proved) => proved,
        Err(error) => return not_proved(error, &kept, terminal),
    };
    let time = started.elapsed();
    let verifying = Instant::now();
    let public = verify(&key, &proved.proof).context("the proof just made does not verify; this is a bug")?;
    let verified = verifying.elapsed();
    let file = proved.proof.encode();
    atomic::write(&target, &file)?;
    proved.remove_kept_segments()?;
    let cells = cells(&proved.proof)?;
    if resumed_steps == 0 {
        speed::remember(cells, time.as_secs_f64());
    }
    let made = Made {
        guest: &guest,
        path: target.clone(),
        bytes: file.len() as u64,
        key: key.digest(),
        public,
        resumed_segments,
        cells,
        count: counted,
        setup: set_up,
        prove: time,
        verify: verified,
        forecast,
    };
    let report = Report::new(made, &proved);
    if args.json {
        print_json(&report)?;
    } else {
        terminal.status("Finished", &format!("{}: the proof is in {}", guest.name, target.display()));
        terminal.text(&report.text());
    }
    if exit_code != 0 {
        terminal.warning(&format!("proved: the guest ended with exit code {exit_code}"));
    }
    Ok(Exit::Success)
}

/// As asked, or as those that are finished already, or as long as memory allows.
fn segment_steps(args: &Args, resumed: Option<u64>) -> anyhow::Result<u64> {
    if let (Some(steps), Some(limit)) = (args.segment_steps, args.max_memory)
        && peak_memory_bytes(steps) > limit
    {
        let needed = bytes(peak_memory_bytes(steps));
        bail!("--segment-steps {steps} takes about {needed} of memory, more than --max-memory allows");
    }
    if let Some(steps) = args.segment_steps.or(resumed.filter(|steps| (1..=MAX_SEGMENT_STEPS).contains(steps))) {
        return Ok(steps);
    }
    let Some(limit) = args.max_memory.or_else(memory::usable_bytes) else { return Ok(MAX_SEGMENT_STEPS) };
    match segment_steps_within(limit) {
        Some(steps) => Ok(steps),
        None if args.max_memory.is_some() => {
            bail!("--max-memory {}: proving takes at least {}", bytes(limit), bytes(peak_memory_bytes(1)))
        }
        None => bail!(
            "the machine has {} of memory to spare and proving takes at least {}; --max-memory overrides this",
            bytes(limit),
            bytes(peak_memory_bytes(1))
        ),
    }
}

fn print_estimate(proving: &Proving<'_>, forecast: &Forecast, exit_code: u32) -> anyhow::Result<Exit> {
    if proving.args.json {
        let guest = proving.guest;
        print_json(&EstimateReport {
            guest: &guest.name,
            program: guest.program.id().to_string(),
            exit_code,
            forecast,
        })?;
    } else {
        proving.terminal.text(&forecast.text());
    }
    Ok(Exit::Success)
}

/// Cells of all segments.
fn cells(proof: &Proof) -> anyhow::Result<u64> {
    let shapes = TableShapes::new();
    let mut cells = 0;
    for segment in &proof.segments {
        cells += shapes.cells_of(&proved_tables(segment)?);
    }
    Ok(cells)
}

impl Proving<'_> {
    /// Runs the guest once, and counts what its proof will need.
    fn count(&self) -> Result<(Run, Estimate), EstimateError<RunError>> {
        let progress = self.terminal.progress("Counting", self.args.execution.max_steps.unwrap_or(0), "steps");
        let mut console = |_, _: &[u8]| ();
        let mut advance = |steps| progress.at(steps);
        let mut options = RunOptions::new(&mut console);
        options.progress = &mut advance;
        options.log_buffers = Some(log_buffers(1, self.segment_steps));
        estimate::estimate(
            &self.guest.program,
            self.segment_steps,
            |on_chunk: &mut dyn FnMut(Chunk) -> ControlFlow<()>| self.run(&mut options, on_chunk),
        )
    }

    /// Runs it again, and proves it. Also returns how many steps had been proved before.
    fn prove(
        &self,
        setup: prover::Setup,
        kept: &Kept,
        forecast: &Forecast,
        resumed_segments: &mut u64,
    ) -> Result<(Proved, u64), ProveError<RunError>> {
        /// One being filled, one becoming a segment.
        const BUFFERS: usize = 2;
        let progress = self.terminal.progress("Proving", forecast.steps, "steps");
        progress.show();
        let mut resumed_steps = 0;
        let mut advance = |done: Done| {
            (*resumed_segments, resumed_steps) = (done.resumed, done.resumed_steps);
            progress.unit(format!("steps, {} of {}", done.segments, count(forecast.segments, "segment")));
            progress.at(done.steps);
        };
        let mut options = prover::ProveOptions {
            segment_steps: self.segment_steps,
            progress: Some(&mut advance),
            cancel: Some(interrupt::flag()),
            resume: Some(kept.folder().to_owned()),
        };
        let standard_output = if self.args.json { StandardOutput::Reserved } else { StandardOutput::Free };
        let mut console = Console::new(standard_output, &progress);
        let proved = prover::prove(&self.guest.program, setup, self.input, &mut options, |on_chunk| {
            let mut print = |stream: Stream, text: &[u8]| console.print(stream, text);
            let mut options = RunOptions::new(&mut print);
            options.log_buffers = Some(log_buffers(BUFFERS, self.segment_steps));
            self.run(&mut options, on_chunk).map(|run| trace_end(&run))
        })?;
        Ok((proved, resumed_steps))
    }

    fn run(
        &self,
        options: &mut RunOptions<'_>,
        on_chunk: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
    ) -> Result<Run, RunError> {
        options.chunk_steps = self.segment_steps;
        options.max_steps = self.args.execution.max_steps;
        options.cancel = Some(interrupt::flag());
        let program = &self.guest.program;
        match self.rom {
            Some(rom) => Ok(execute_traced(program, rom, self.input, options, on_chunk)?.run),
            None => run_traced(program, Engine::Interpreter, self.input, options, on_chunk),
        }
    }
}

fn not_proved(error: ProveError<RunError>, kept: &Kept, terminal: &Terminal) -> anyhow::Result<Exit> {
    if matches!(error, ProveError::Kept(_)) {
        return Err(error.into());
    }
    let finished = kept.finished();
    let goes_on = format!(
        "{} finished and kept in {}; --resume goes on from there",
        count(finished as u64, "segment"),
        kept.folder().display()
    );
    match error {
        ProveError::Cancelled | ProveError::Run(RunError::Cancelled { .. }) if interrupt::has_come() => {
            if finished == 0 {
                return interrupted(terminal);
            }
            terminal.error(&format!("interrupted; {goes_on}"));
            Ok(Exit::Interrupted)
        }
        ProveError::Run(error) => ended_early(error, terminal),
        error if finished == 0 => Err(error.into()),
        error => Err(anyhow::Error::new(error).context(goes_on)),
    }
}
