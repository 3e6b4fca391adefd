//! This repository's executor.
use std::ops::ControlFlow;

use anyhow::{Result, ensure};
use zkvm_sdk::trace::{BufferPool, CHUNK_STEPS};
use zkvm_sdk::translator::{Mode, TranslateOptions};
use zkvm_sdk::{Engine, Input, Outcome, Program, Rom, Run, RunOptions, log_buffers, run, run_traced};

use super::{Executor, Ran, Ready};
use crate::clock;

/// Chunks alive at once, as in `benches/run trace`.
const BUFFERS: usize = 3;

struct Zkvm {
    program: Program,
    rom: Rom,
    input: Input,
    /// Memory for logs, in place before the clock starts; `None`: without a trace.
    log_buffers: Option<BufferPool>,
}

pub fn prepare_run(elf: &[u8], input: &[u8]) -> Result<Ready> {
    prepare(elf, input, Mode::Untraced, None)
}

pub fn prepare_trace(elf: &[u8], input: &[u8]) -> Result<Ready> {
    prepare(elf, input, Mode::Traced, Some(log_buffers(BUFFERS, CHUNK_STEPS)))
}

fn prepare(elf: &[u8], input: &[u8], mode: Mode, log_buffers: Option<BufferPool>) -> Result<Ready> {
    let before = clock::of_this_process()?;
    let program = Program::from_elf(elf)?;
    let rom = Rom::translate(&program, &TranslateOptions { mode, ..TranslateOptions::default() });
    let translation = Some(clock::of_this_process()? - before);
    let executor = Box::new(Zkvm { program, rom, input: Input::new(input.to_vec())?, log_buffers });
    Ok(Ready { executor, translation })
}

impl Executor for Zkvm {
    fn run(&mut self) -> Result<Ran> {
        let before = clock::of_this_process()?;
        let run = self.execute()?;
        let time = clock::of_this_process()? - before;
        ensure!(run.outcome == Outcome::Halted { exit_code: 0 }, "the guest failed: {:?}", run.outcome);
        Ok(Ran { time, instructions: Some(run.steps()), public_output: run.public_output })
    }
}

impl Zkvm {
    /// The chunks of the trace are dropped as soon as they come.
    fn execute(&self) -> Result<Run> {
        let mut console = |_, _: &[u8]| ();
        let mut options = RunOptions::new(&mut console);
        let engine = Engine::Native(&self.rom);
        let Some(buffers) = &self.log_buffers else {
            return Ok(run(&self.program, engine, &self.input, &mut options)?);
        };
        options.log_buffers = Some(buffers.clone());
        Ok(run_traced(&self.program, engine, &self.input, &mut options, &mut |_| ControlFlow::Continue(()))?)
    }
}
