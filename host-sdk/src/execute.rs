//! Runs that work on every host: native where possible, else by the reference semantics.

use std::ops::ControlFlow;

use zkvm_machine::{Input, Program};
use zkvm_trace::{Chunk, TraceEnd};
use zkvm_translator::{Engine, NativeError, Rom, Run, RunError, RunOptions, run, run_traced};

/// A run, and what executed it.
#[derive(Debug)]
pub struct Execution {
    /// How the run went.
    pub run: Run,
    /// Why it was the interpreter, if it was. The result is the same, only later.
    pub fallback: Option<NativeError>,
}

/// Runs `program` natively, or interprets it on hosts that cannot run native code. No trace is written.
///
/// # Errors
/// [`RunError`]; a guest that traps is not an error but an outcome.
pub fn execute(
    program: &Program,
    rom: &Rom,
    input: &Input,
    options: &mut RunOptions<'_>,
) -> Result<Execution, RunError> {
    with_fallback(rom, |engine| run(program, engine, input, options))
}

/// As [`execute`], and hands every chunk of the minimal trace to `on_chunk` as soon as it is full.
///
/// # Errors
/// [`RunError`]; [`RunError::Cancelled`] if `on_chunk` breaks.
pub fn execute_traced(
    program: &Program,
    rom: &Rom,
    input: &Input,
    options: &mut RunOptions<'_>,
    on_chunk: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
) -> Result<Execution, RunError> {
    with_fallback(rom, |engine| run_traced(program, engine, input, options, on_chunk))
}

/// The native engine fails before the guest's first step or not at all, so nothing is done twice. A Rom that does not
/// belong here is a mistake of the caller, not a lack of the host.
fn with_fallback(rom: &Rom, mut run: impl FnMut(Engine<'_>) -> Result<Run, RunError>) -> Result<Execution, RunError> {
    match run(Engine::Native(rom)) {
        Ok(run) => Ok(Execution { run, fallback: None }),
        Err(RunError::Native(
            reason @ (NativeError::Host | NativeError::CpuFeature { .. } | NativeError::System { .. }),
        )) => Ok(Execution { run: run(Engine::Interpreter)?, fallback: Some(reason) }),
        Err(error) => Err(error),
    }
}

/// How a traced run ended, as the trace file and the witness want it.
pub fn trace_end(run: &Run) -> TraceEnd {
    TraceEnd { end: run.end.clone(), outcome: run.outcome, public_output: run.public_output.clone() }
}
