//! Emission: chunks are replayed by workers while the guest runs, put back in order by a collector, and written. How many
//! are on their way at once is bounded: the run waits when the workers or the disk fall behind.

mod collect;
mod disk;
mod finish;
mod options;
mod plan;
mod rows;
mod staging;

use std::ops::ControlFlow;
use std::path::Path;
use std::thread::ScopedJoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use zkvm_machine::{Input, MachineState, Outcome, Program};
use zkvm_trace::{Chunk, RegisterCheckpoint, TraceEnd};

use crate::code::Code;
use crate::replay::{ReplayError, continues, ends_so};
use collect::{Collector, Ends};
pub use disk::{forecast, forecast_at_most};
use finish::Finish;
pub use options::{EmitError, EmitOptions, Existing, Progress, WitnessError, WitnessSummary};
use plan::Plan;
use rows::{ChunkRows, Replayed, Wanted, replay};
use staging::Staging;

/// A chunk's number in order of arrival and what became of it. A panic travels to the collector, so that nobody waits for
/// a chunk that will never come.
type Done = (u64, std::thread::Result<Result<Replayed, ReplayError>>);

/// Writes the witness of `program` run on `input` to `directory`.
///
/// `run` executes the guest: it hands every chunk to its argument, in order, as soon as the chunk is full, stops when
/// that says `Break`, and returns how the run ended. It is called on the caller's thread. Every step is replayed and
/// checked; the run is trusted for nothing.
///
/// # Errors
/// [`EmitError::Run`] with the error of `run`, or [`EmitError::Witness`]. Either way nothing is left behind, and a witness
/// that was to be replaced is still there.
pub fn emit_witness<E: std::error::Error>(
    program: &Program,
    input: &Input,
    directory: &Path,
    options: &EmitOptions<'_>,
    run: impl FnOnce(&mut dyn FnMut(Chunk) -> ControlFlow<()>) -> Result<TraceEnd, E>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<WitnessSummary, EmitError<E>> {
    let staging = Staging::new(directory, options.existing)?;
    disk::require(staging.scratch(), options.expected_bytes.unwrap_or(0))?;
    let code = Code::new(program);
    let plan = Plan::new(options);
    let witness = staging.witness();
    let collector = Collector::new(&witness, staging.scratch(), &plan.wanted(), options.compression)?;
    let pipeline = Pipeline { program, code: &code, plan: &plan, wanted: plan.wanted() };
    let threads = options.threads.map_or_else(rayon::current_num_threads, usize::from);
    let (end, collector, counts) = pipeline.run(threads, collector, run, progress)?;
    check_end(program, &plan, &collector, &end)?;
    let region = input.to_region();
    let finish = Finish { program, input: &region, directory: &witness, options, plan: &plan, end: &end };
    let summary = finish.write(collector, &code, &counts, progress)?;
    staging.publish()?;
    Ok(summary)
}

/// Checks the ends of what was replayed against the program's entry and the run's own end.
fn check_end(program: &Program, plan: &Plan, collector: &Collector, end: &TraceEnd) -> Result<(), WitnessError> {
    let written = collector.chunks.len() as u64;
    if let Some(last) = plan.end
        && plan.first + written < last
    {
        return Err(WitnessError::NoSuchChunks { start: plan.first, end: last, chunks: plan.first + written });
    }
    let entry = RegisterCheckpoint { step: 0, state: MachineState::at_entry(program.entry()) };
    if plan.first == 0 {
        continues(0, &entry, collector.start.as_ref().unwrap_or(&entry))?;
    }
    let replayed_end = collector.end.as_ref().unwrap_or(&entry);
    if plan.end.is_none() || replayed_end.step == end.end.step {
        continues(plan.first + written, replayed_end, &end.end)?;
        ends_so(program, replayed_end, collector.exit, &end.outcome)?;
    } else if matches!(end.outcome, Outcome::Halted { .. }) && collector.exit.is_some() {
        let pc = replayed_end.state.pc.wrapping_sub(4);
        let (chunk, step) = (plan.first + written - 1, replayed_end.step - 1);
        return Err(ReplayError::ExitInside { chunk, step, pc }.into());
    }
    Ok(())
}

struct Pipeline<'p> {
    program: &'p Program,
    code: &'p Code,
    plan: &'p Plan,
    wanted: Wanted,
}

impl Pipeline<'_> {
    /// Runs the guest, the workers and the collector; returns the end of the run, the collector and the counts.
    fn run<E: std::error::Error>(
        &self,
        threads: usize,
        collector: Collector,
        run: impl FnOnce(&mut dyn FnMut(Chunk) -> ControlFlow<()>) -> Result<TraceEnd, E>,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(TraceEnd, Collector, Vec<u64>), EmitError<E>> {
        // A chunk in each worker, one waiting for a worker and one being written.
        let (permit, permits) = bounded(threads + 2);
        let (feed, chunks) = unbounded::<(u64, Chunk)>();
        let (done, replayed) = unbounded::<Done>();
        let (free, rows) = unbounded();
        std::thread::scope(|scope| {
            let worker = |_| {
                let (chunks, rows, done) = (chunks.clone(), rows.clone(), done.clone());
                scope.spawn(move || self.work(&chunks, &rows, &done))
            };
            let workers: Vec<_> = (0..threads).map(worker).collect();
            drop((chunks, rows, done));
            let collected = scope.spawn(|| collector.collect(Ends { replayed, permits, free }, progress));
            let mut feeder = Feeder { plan: self.plan, permit, feed, next: 0, error: None };
            let end = run(&mut |chunk| feeder.chunk(chunk));
            let error = feeder.close();
            let counts = sum(workers.into_iter().map(joined), self.code.len());
            // What went wrong in the pipeline is why the run was stopped, so it comes first.
            let collector = joined(collected)?;
            error.map_or(Ok(()), Err)?;
            Ok((end.map_err(EmitError::Run)?, collector, counts))
        })
    }

    fn work(&self, chunks: &Receiver<(u64, Chunk)>, rows: &Receiver<Box<ChunkRows>>, done: &Sender<Done>) -> Vec<u64> {
        let mut counts = vec![0; self.code.len()];
        for (number, chunk) in chunks {
            let rows = rows.try_recv().unwrap_or_default();
            let work = || replay(self.program, self.code, &self.wanted, &chunk, rows, &mut counts);
            let replayed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            // Returns the log to its pool before anything waits.
            drop(chunk);
            if done.send((number, replayed)).is_err() {
                break;
            }
        }
        counts
    }
}

/// A panic of a worker is passed on.
fn joined<T>(handle: ScopedJoinHandle<'_, T>) -> T {
    handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn sum(counts: impl Iterator<Item = Vec<u64>>, len: usize) -> Vec<u64> {
    counts.fold(vec![0; len], |mut sum, counts| {
        sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        sum
    })
}

/// The run's side of the pipeline.
struct Feeder<'p> {
    plan: &'p Plan,
    permit: Sender<()>,
    feed: Sender<(u64, Chunk)>,
    /// Index of the chunk due.
    next: u64,
    error: Option<WitnessError>,
}

impl Feeder<'_> {
    fn chunk(&mut self, chunk: Chunk) -> ControlFlow<()> {
        let (expected, actual) = (self.next, chunk.index);
        if actual != expected {
            self.error = Some(WitnessError::ChunkOrder { expected, actual });
            return ControlFlow::Break(());
        }
        self.next += 1;
        if !self.plan.wants_chunk(actual) {
            return ControlFlow::Continue(());
        }
        // Both fail only when the collector has given up; it knows why.
        let number = actual - self.plan.first;
        let sent = self.permit.send(()).is_ok() && self.feed.send((number, chunk)).is_ok();
        if sent { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    /// Lets the workers end.
    fn close(self) -> Option<WitnessError> {
        self.error
    }
}
