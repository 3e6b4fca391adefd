//! One execution of a guest: native code or the reference interpreter, with or without a minimal trace.
//!
//! Both engines share everything but the execution of straight instructions: where native code stops (a system call, a
//! scope marker, an access that faults, the end of a chunk, a jump into the middle of a block) the reference semantics
//! execute one step and thereby decide what it means. So a trap is the same trap in both.

mod options;
mod scopes;
mod session;

pub use options::{Engine, Run, RunError, RunOptions, Stream};
pub use scopes::ScopeTotal;

use std::ops::ControlFlow;

use zkvm_machine::{Input, PagedMemory, Program};
use zkvm_trace::Chunk;

use session::{Session, Sink};

/// Runs `program` on `input` without writing a trace.
///
/// # Errors
/// [`RunError`]; a guest that traps is not an error but an [`zkvm_machine::Outcome`].
pub fn run(
    program: &Program,
    engine: Engine<'_>,
    input: &Input,
    options: &mut RunOptions<'_>,
) -> Result<Run, RunError> {
    start(program, engine, input, options, Sink::None)
}

/// Runs `program` on `input` and hands each chunk of the minimal trace to `on_chunk` the moment it is full. A chunk's log
/// is a buffer of `options.log_buffers`: while all of them are held, the guest waits. `ControlFlow::Break` ends the
/// run with [`RunError::Cancelled`].
///
/// # Errors
/// [`RunError`]; chunks handed over before an error are valid.
pub fn run_traced<'s>(
    program: &'s Program,
    engine: Engine<'s>,
    input: &Input,
    options: &'s mut RunOptions<'_>,
    on_chunk: &'s mut dyn FnMut(Chunk) -> ControlFlow<()>,
) -> Result<Run, RunError> {
    start(program, engine, input, options, Sink::Chunks(on_chunk))
}

fn start<'s>(
    program: &'s Program,
    engine: Engine<'s>,
    input: &Input,
    options: &'s mut RunOptions<'_>,
    sink: Sink<'s>,
) -> Result<Run, RunError> {
    match engine {
        Engine::Interpreter => Session::new(program, PagedMemory::new(program, input), options, sink)?.run(),
        Engine::Native(rom) => {
            let machine = crate::native::NativeMachine::new(program, rom, input, matches!(sink, Sink::Chunks(_)))?;
            Session::new(program, machine, options, sink)?.run()
        }
    }
}
