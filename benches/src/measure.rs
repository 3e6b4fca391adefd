//! One guest on the host SDK: all that is known of the SDK here.
use std::fs;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use zkvm_sdk::trace::{BufferPool, CHUNK_STEPS};
use zkvm_sdk::translator::{Mode, TranslateOptions};
use zkvm_sdk::{
    Chunk, Engine, Input, Outcome, Program, Rom, Run, RunOptions, log_buffers, replay_chunk, run, run_traced,
};

use crate::clock::{Spender, timed};

/// Chunks alive at once: one that is filled, one that is consumed, and one between them.
const BUFFERS: usize = 3;

/// Of so many chunks one is replayed: enough for a rate, and the interpreter takes long.
const REPLAY_EVERY: u64 = 16;

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

/// What one round measured; all times are processor times.
pub struct Round {
    pub steps: u64,
    pub log_bytes: u64,
    pub public_output: Vec<u8>,
    /// From ELF to Rom.
    pub rom_setup: Duration,
    /// Of the run without a trace, from Rom and input to public output.
    pub run: Duration,
    /// The same with the minimal trace, whose chunks are dropped as soon as they come.
    pub trace: Duration,
    /// By one thread.
    pub replay_steps_per_second: f64,
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
        let (rom_setup, _) = timed(Spender::Process, || {
            Program::from_elf(&self.elf).map(|program| Rom::translate(&program, &options(Mode::Traced)))
        })?;
        let (run, untraced) = timed(Spender::Process, || self.run())?;
        reset_peak_memory()?;
        let (trace, traced) = timed(Spender::Process, || self.run_traced(&mut |_| ControlFlow::Continue(())))?;
        let peak_memory_bytes = peak_memory()?;
        let replay_steps_per_second = self.replay()?;
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
            replay_steps_per_second,
            peak_memory_bytes,
        })
    }

    fn run(&self) -> Result<Run> {
        let mut console = |_, _: &[u8]| ();
        Ok(run(&self.program, Engine::Native(&self.untraced), &self.input, &mut RunOptions::new(&mut console))?)
    }

    fn run_traced(&self, consume: &mut dyn FnMut(Chunk) -> ControlFlow<()>) -> Result<Run> {
        let mut console = |_, _: &[u8]| ();
        let mut options = RunOptions::new(&mut console);
        options.log_buffers = Some(self.log_buffers.clone());
        Ok(run_traced(&self.program, Engine::Native(&self.traced), &self.input, &mut options, consume)?)
    }

    /// Steps per second of the replay.
    fn replay(&self) -> Result<f64> {
        let (mut steps, mut time) = (0, Duration::ZERO);
        let mut failure = None;
        let mut replay = |chunk: &Chunk| {
            let discard = |_, record: &_| _ = black_box(record);
            let (taken, end) = timed(Spender::Process, || replay_chunk(&self.program, chunk.into(), discard))?;
            end?;
            steps += chunk.steps;
            time += taken;
            anyhow::Ok(())
        };
        self.run_traced(&mut |chunk| {
            if chunk.index % REPLAY_EVERY == 0 {
                failure = failure.take().or(replay(&chunk).err());
            }
            ControlFlow::Continue(())
        })?;
        failure.map_or(Ok(steps as f64 / time.as_secs_f64()), Err)
    }
}

fn succeeded(run: Run) -> Result<Run> {
    ensure!(run.outcome == Outcome::Halted { exit_code: 0 }, "the guest failed: {:?}", run.outcome);
    Ok(run)
}

/// Makes the kernel forget this process's peak (Linux, proc_pid_clear_refs(5)).
pub fn reset_peak_memory() -> Result<()> {
    fs::write("/proc/self/clear_refs", "5").context("cannot reset the peak of resident memory")
}

/// Most memory of this process that was resident since the last reset.
pub fn peak_memory() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    Ok(1024 * kilobytes.map_or(0, |kilobytes: u64| kilobytes))
}
