//! One guest on the host SDK: all that is known of the SDK here.
use std::fs;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use zkvm_sdk::trace::{BufferPool, CHUNK_STEPS};
use zkvm_sdk::{
    Engine, Input, Mode, Outcome, Program, Rom, Run, RunOptions, TranslateOptions, log_buffers, run, run_traced,
};

/// Chunks alive at once: one that is filled, one that is consumed, and one between them.
const BUFFERS: usize = 3;

/// A guest that can be run any number of times.
pub struct Prepared {
    elf: Vec<u8>,
    program: Program,
    input: Input,
    traced: Rom,
    untraced: Rom,
    /// Memory for logs, in place before the clock starts: those who trace many runs keep it too.
    log_buffers: BufferPool,
}

/// What one round measured.
pub struct Round {
    pub steps: u64,
    pub log_bytes: u64,
    pub public_output: Vec<u8>,
    /// From ELF to Rom.
    pub rom_setup: Duration,
    /// Wall time of the run without a trace, from Rom and input to public output.
    pub run: Duration,
    /// The same with the minimal trace, whose chunks are dropped as soon as they come.
    pub trace: Duration,
    /// Most memory that was resident during the traced run.
    pub peak_memory_bytes: u64,
}

fn options(mode: Mode) -> TranslateOptions {
    TranslateOptions { mode, ..TranslateOptions::default() }
}

impl Prepared {
    pub fn new(elf: &[u8], input: Vec<u8>) -> Result<Self> {
        let program = Program::from_elf(elf)?;
        let [traced, untraced] = [Mode::Traced, Mode::Untraced].map(|mode| Rom::translate(&program, &options(mode)));
        let log_buffers = log_buffers(BUFFERS, CHUNK_STEPS);
        Ok(Self { elf: elf.to_vec(), program, input: Input::new(input)?, traced, untraced, log_buffers })
    }

    pub fn text_bytes(&self) -> u64 {
        self.program.text_bytes()
    }

    /// Measures everything once.
    pub fn round(&self) -> Result<Round> {
        let (rom_setup, _) =
            timed(|| anyhow::Ok(Rom::translate(&Program::from_elf(&self.elf)?, &options(Mode::Traced))));
        let (run, untraced) = timed(|| self.run());
        reset_peak_memory()?;
        let (trace, traced) = timed(|| self.run_traced());
        let peak_memory_bytes = peak_memory()?;
        let (untraced, traced) = (succeeded(untraced?)?, succeeded(traced?)?);
        ensure!(untraced.steps() == traced.steps(), "steps with and without a trace differ");
        ensure!(untraced.public_output == traced.public_output, "public output with and without a trace differs");
        Ok(Round {
            steps: traced.steps(),
            log_bytes: traced.log_bytes,
            public_output: traced.public_output,
            rom_setup,
            run,
            trace,
            peak_memory_bytes,
        })
    }

    fn run(&self) -> Result<Run> {
        let mut console = |_, _: &[u8]| ();
        Ok(run(&self.program, Engine::Native(&self.untraced), &self.input, &mut RunOptions::new(&mut console))?)
    }

    fn run_traced(&self) -> Result<Run> {
        let mut console = |_, _: &[u8]| ();
        let mut options = RunOptions::new(&mut console);
        options.log_buffers = Some(self.log_buffers.clone());
        let mut consume = |_| ControlFlow::Continue(());
        Ok(run_traced(&self.program, Engine::Native(&self.traced), &self.input, &mut options, &mut consume)?)
    }
}

fn timed<T>(action: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let result = action();
    (start.elapsed(), result)
}

fn succeeded(run: Run) -> Result<Run> {
    ensure!(run.outcome == Outcome::Halted { exit_code: 0 }, "the guest failed: {:?}", run.outcome);
    Ok(run)
}

/// Makes the kernel forget this process's peak (Linux, proc_pid_clear_refs(5)).
fn reset_peak_memory() -> Result<()> {
    fs::write("/proc/self/clear_refs", "5").context("cannot reset the peak of resident memory")
}

fn peak_memory() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    Ok(1024 * kilobytes.map_or(0, |kilobytes: u64| kilobytes))
}
