//! SP1's native executor: `MinimalExecutor` with its translator to x86-64.
use std::sync::Arc;

use anyhow::{Result, anyhow, ensure};
use sp1_core_executor::{MinimalExecutor, OutputConsumers, Program, SupervisorMode, with_output_consumers};
use tokio::sync::watch;

use super::{Executor, Ran, Ready};
use crate::clock;

struct Sp1 {
    executor: MinimalExecutor<SupervisorMode>,
    input: Vec<u8>,
}

/// With a trace in chunks of `chunk` loads and stores, or without one.
pub fn prepare(elf: &[u8], input: &[u8], chunk: Option<u64>) -> Result<Ready> {
    let before = clock::of_this_process()?;
    let program = Program::from(elf).map_err(|error| anyhow!("SP1 refuses the ELF: {error}"))?;
    let executor = MinimalExecutor::new(Arc::new(program), false, chunk);
    let translation = Some(clock::of_this_process()? - before);
    Ok(Ready { executor: Box::new(Sp1 { executor, input: input.to_vec() }), translation })
}

impl Executor for Sp1 {
    /// One buffer receives all chunks, one after the other: SP1's own way for benchmarks.
    fn run(&mut self) -> Result<Ran> {
        self.executor.reset();
        self.executor.with_input(&self.input);
        // What the guest prints is dropped, as everywhere else: SP1's runtime warns of its random numbers in every run.
        let (console, _dropped) = watch::channel(String::new());
        let consumers = OutputConsumers { stdout: None, stderr: Some(console) };
        let before = clock::of_this_process()?;
        with_output_consumers(&consumers, || self.executor.run_till_end());
        let time = clock::of_this_process()? - before;
        let exit_code = self.executor.exit_code();
        ensure!(self.executor.is_done() && exit_code == 0, "the guest failed with exit code {exit_code}");
        let public_output = self.executor.public_values_stream().clone();
        Ok(Ran { time, instructions: Some(self.executor.global_clk()), public_output })
    }
}
