//! The loop of a run: native code as far as it goes, then one step of the reference semantics, again and again.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::time::Instant;

use zkvm_abi::scope::MAX_NAME_BYTES;
use zkvm_machine::{Event, MachineState, Outcome, Program, step, unwind};
use zkvm_trace::{Chunk, MemoryReadLog, PooledBuffer, RegisterCheckpoint};

use super::scopes::Scopes;
use super::{Run, RunError, RunOptions, Stream};
use crate::engine::Machine;

/// Where chunks go.
pub(super) enum Sink<'s> {
    None,
    Chunks(&'s mut dyn FnMut(Chunk) -> ControlFlow<()>),
}

/// The chunk being filled.
struct OpenChunk {
    index: u64,
    start: RegisterCheckpoint,
    log: PooledBuffer,
}

pub(super) struct Session<'s, 'o, M> {
    program: &'s Program,
    machine: M,
    options: &'s mut RunOptions<'o>,
    sink: Sink<'s>,
    state: MachineState,
    steps: u64,
    /// Steps at which the current chunk ends.
    chunk_end: u64,
    chunk: Option<OpenChunk>,
    log_bytes: u64,
    scopes: Scopes,
    started: Instant,
}

impl<'s, 'o, M: Machine> Session<'s, 'o, M> {
    pub(super) fn new(
        program: &'s Program,
        machine: M,
        options: &'s mut RunOptions<'o>,
        sink: Sink<'s>,
    ) -> Result<Session<'s, 'o, M>, RunError> {
        if options.chunk_steps == 0 || options.chunk_steps > 1 << 32 {
            return Err(RunError::ChunkSteps { steps: options.chunk_steps });
        }
        let needed = 8 * options.chunk_steps;
        if let Some(bytes) = options.log_buffers.as_ref().map(|pool| pool.buffer_bytes())
            && (bytes as u64) < needed
        {
            return Err(RunError::LogBuffers { bytes, needed });
        }
        let mut session = Session {
            program,
            machine,
            chunk_end: options.chunk_steps,
            options,
            sink,
            state: MachineState::at_entry(program.entry()),
            steps: 0,
            chunk: None,
            log_bytes: 0,
            scopes: Scopes::default(),
            started: Instant::now(),
        };
        session.open_chunk(0);
        Ok(session)
    }

    pub(super) fn run(mut self) -> Result<Run, RunError> {
        let outcome = loop {
            if self.steps == self.chunk_end {
                self.turn_chunk()?;
            }
            if self.options.max_steps.is_some_and(|limit| self.steps >= limit) {
                return Err(RunError::StepLimit { steps: self.steps, pc: self.state.pc });
            }
            self.advance();
            if self.steps == self.limit() {
                continue;
            }
            if let Some(outcome) = self.single_step() {
                break outcome;
            }
        };
        self.finish(outcome)
    }

    /// Where the next stop is: the end of the chunk or of the run.
    fn limit(&self) -> u64 {
        self.options.max_steps.map_or(self.chunk_end, |limit| limit.min(self.chunk_end))
    }

    fn advance(&mut self) {
        let budget = self.limit() - self.steps;
        let log = self.chunk.as_mut().map(|chunk| chunk.log.bytes_mut());
        self.steps += self.machine.advance(&mut self.state, budget, log);
    }

    /// One step of the reference semantics; the outcome, if it was the last.
    fn single_step(&mut self) -> Option<Outcome> {
        let pc = self.state.pc;
        let executed =
            self.program.fetch(pc).and_then(|instruction| step(&mut self.state, instruction, &mut self.machine));
        let record = match executed {
            Ok(record) => record,
            Err(trap) => return Some(Outcome::Trapped { pc, trap }),
        };
        self.steps += 1;
        if let (Some(chunk), Some(access)) = (&mut self.chunk, record.access)
            && let Some(value) = access.read
        {
            chunk.log.bytes_mut().extend_from_slice(&value.to_le_bytes()[..access.width.bytes() as usize]);
        }
        self.handle(record.event?)
    }

    fn handle(&mut self, event: Event) -> Option<Outcome> {
        match event {
            Event::Exit { exit_code } => return Some(Outcome::Halted { exit_code }),
            Event::Write { fd, address, bytes } => self.print(fd, address, bytes),
            Event::Scope { begin, address, bytes } => {
                let name = self.machine.read_bytes(address, bytes.min(MAX_NAME_BYTES)).unwrap_or_default();
                let name = String::from_utf8_lossy(&name).into_owned();
                if begin { self.scopes.begin(name, self.steps) } else { self.scopes.end(&name, self.steps) }
            }
        }
        None
    }

    fn print(&mut self, fd: u64, mut address: u64, mut bytes: u64) {
        /// Printed at a time, so that a guest's huge print needs no huge buffer.
        const PIECE: u64 = 1 << 16;
        let stream = match fd {
            1 => Stream::Output,
            2 => Stream::Error,
            _ => return,
        };
        while bytes > 0 {
            let Some(piece) = self.machine.read_bytes(address, bytes.min(PIECE)) else { return };
            (self.options.console)(stream, &piece);
            address += piece.len() as u64;
            bytes -= piece.len() as u64;
        }
    }

    fn open_chunk(&mut self, index: u64) {
        if matches!(self.sink, Sink::None) {
            return;
        }
        let log = match &self.options.log_buffers {
            Some(pool) => pool.take(),
            None => PooledBuffer::owned(Vec::with_capacity(8 * self.options.chunk_steps as usize)),
        };
        let start = RegisterCheckpoint { step: self.steps, state: self.state.clone() };
        self.chunk = Some(OpenChunk { index, start, log });
    }

    /// Hands over the chunk that is full and opens the next.
    fn turn_chunk(&mut self) -> Result<(), RunError> {
        let cancelled = RunError::Cancelled { steps: self.steps };
        (self.options.progress)(self.steps);
        if self.options.cancel.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Err(cancelled);
        }
        self.chunk_end = self.steps + self.options.chunk_steps;
        let next = self.chunk.as_ref().map_or(0, |chunk| chunk.index + 1);
        if self.close_chunk().is_break() {
            return Err(cancelled);
        }
        self.open_chunk(next);
        Ok(())
    }

    fn close_chunk(&mut self) -> ControlFlow<()> {
        let (Sink::Chunks(on_chunk), Some(OpenChunk { index, start, log })) = (&mut self.sink, self.chunk.take())
        else {
            return ControlFlow::Continue(());
        };
        let steps = self.steps - start.step;
        if steps == 0 {
            return ControlFlow::Continue(());
        }
        self.log_bytes += log.bytes().len() as u64;
        on_chunk(Chunk { index, start, steps, log: MemoryReadLog::from_buffer(log) })
    }

    fn finish(mut self, outcome: Outcome) -> Result<Run, RunError> {
        let duration = self.started.elapsed();
        if self.close_chunk().is_break() {
            return Err(RunError::Cancelled { steps: self.steps });
        }
        let public_output = match outcome {
            Outcome::Halted { .. } => {
                self.machine.public_output().map_err(|length| RunError::PublicOutput { length })?
            }
            Outcome::Trapped { .. } => Vec::new(),
        };
        let backtrace = match outcome {
            Outcome::Trapped { .. } => self.backtrace(),
            Outcome::Halted { .. } => Vec::new(),
        };
        Ok(Run {
            outcome,
            public_output,
            log_bytes: self.log_bytes,
            scopes: self.scopes.finish(self.steps),
            backtrace,
            duration,
            end: RegisterCheckpoint { step: self.steps, state: self.state },
        })
    }

    fn backtrace(&self) -> Vec<u64> {
        let mut read_u64 = |address| {
            let bytes = self.machine.read_bytes(address, 8)?;
            Some(u64::from_le_bytes(bytes.try_into().ok()?))
        };
        unwind(self.program, &self.state, &mut read_u64)
    }
}
