//! Run → segments → proofs. The guest runs and its chunks become segments on a thread of their own, one segment ahead; proofs
//! are made on the caller's thread, with every core. The guest waits while a proof is made, so memory does not grow with
//! its length.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use zkvm_circuit::chips::program::ProgramRows;
use zkvm_circuit::{Machine, Proof, SegmentProof, Setup};
use zkvm_machine::{Input, Outcome, Program};
use zkvm_trace::{Chunk, TraceEnd};

use crate::batch::BatchProver;
use crate::error::{KeptError, ProveError, SegmentError};
use crate::kept::KeptSegments;
use crate::options::{Progress, ProveOptions, Times};
use crate::segment::{Segment, Segmenter};

/// A proof and what its making took.
#[derive(Debug)]
pub struct Proved {
    /// The proof.
    pub proof: Proof,
    /// Steps of the run.
    pub steps: u64,
    /// Where the time went.
    pub times: Times,
    kept: Option<KeptSegments>,
}

impl Proved {
    /// Removes the finished segments that [`ProveOptions::resume`] kept: for when the proof is where it shall be.
    ///
    /// # Errors
    /// [`KeptError`], if the folder cannot be removed.
    pub fn remove_kept_segments(&mut self) -> Result<(), KeptError> {
        self.kept.take().map_or(Ok(()), |kept| kept.remove())
    }
}

/// Proves that `program` of `setup` halts on `input`.
///
/// `run` executes the guest: it hands every chunk to its argument, in order, as soon as the chunk is full, stops when that
/// says `Break`, and returns how the run ended. The run is trusted for nothing: every step is replayed.
///
/// # Errors
/// [`ProveError`]. A run that traps has no proof.
pub fn prove<E: std::error::Error + Send>(
    program: &Program,
    setup: Setup,
    input: &Input,
    options: &mut ProveOptions<'_>,
    run: impl FnOnce(&mut dyn FnMut(Chunk) -> ControlFlow<()>) -> Result<TraceEnd, E> + Send,
) -> Result<Proved, ProveError<E>> {
    let Setup { key, machine, rows, fixed } = setup;
    let mut segmenter = Segmenter::new(program, &rows, input, options.segment_steps);
    let commitment = segmenter.input_digest();
    let kept = match &options.resume {
        Some(folder) => Some(KeptSegments::open(folder, &key.digest(), &commitment)?),
        None => None,
    };
    let batch = BatchProver::new(&machine, &key, fixed);
    let stop = AtomicBool::new(false);
    let (feed, segments) = bounded(0);
    let mut provers =
        Provers { machine: &machine, rows: &rows, batch, kept, done: Vec::new(), times: Times::default() };
    let mut progress = Progress::default();
    let (ran, proved) = std::thread::scope(|scope| {
        let segmenter = &mut segmenter;
        let stop = &stop;
        let ran = scope.spawn(move || {
            let mut feeder = Feeder { segmenter, feed, stop, error: None, busy: Duration::ZERO };
            let end = run(&mut |chunk| feeder.chunk(&chunk));
            (end, feeder.error, feeder.busy)
        });
        let proved = provers.all(segments, options, &mut progress);
        stop.store(true, Ordering::Relaxed);
        (ran.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), proved)
    });
    let (end, error, busy) = ran;
    proved?;
    if let Some(error) = error {
        return Err(error.into());
    }
    let end = end.map_err(ProveError::Run)?;
    let exit_code = match end.outcome {
        Outcome::Halted { exit_code } => exit_code,
        Outcome::Trapped { pc, trap } => return Err(ProveError::Trapped { pc, trap }),
    };
    let opening = segmenter.end(&end)?;
    let Provers { done: segments, mut times, kept, .. } = provers;
    times.segments = busy;
    let steps = end.end.step;
    let proof = Proof { key: key.digest(), input: commitment, output: end.public_output, exit_code, opening, segments };
    Ok(Proved { proof, steps, times, kept })
}

/// The run's end of the pipeline.
struct Feeder<'f, 'p> {
    segmenter: &'f mut Segmenter<'p>,
    feed: Sender<Segment>,
    stop: &'f AtomicBool,
    error: Option<SegmentError>,
    busy: Duration,
}

impl Feeder<'_, '_> {
    fn chunk(&mut self, chunk: &Chunk) -> ControlFlow<()> {
        if self.stop.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        let started = Instant::now();
        let mut waited = Duration::ZERO;
        let feed = &self.feed;
        let flow = self.segmenter.chunk(chunk.into(), |segment| {
            let ready = Instant::now();
            let sent = feed.send(segment);
            waited += ready.elapsed();
            if sent.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        self.busy += started.elapsed() - waited;
        flow.unwrap_or_else(|error| {
            self.error = Some(error);
            ControlFlow::Break(())
        })
    }
}

/// The proofs' end of the pipeline.
struct Provers<'p> {
    machine: &'p Machine,
    rows: &'p ProgramRows,
    batch: BatchProver<'p>,
    kept: Option<KeptSegments>,
    done: Vec<SegmentProof>,
    times: Times,
}

impl Provers<'_> {
    fn all<E: std::error::Error>(
        &mut self,
        segments: Receiver<Segment>,
        options: &mut ProveOptions<'_>,
        progress: &mut Progress,
    ) -> Result<(), ProveError<E>> {
        for segment in segments {
            if options.cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
                return Err(ProveError::Cancelled);
            }
            let steps = segment.steps;
            let kept = self.kept.as_ref().and_then(|kept| kept.read(segment.index, &segment.end));
            progress.segments += 1;
            progress.steps += steps;
            let proof = match kept {
                Some(proof) => {
                    progress.resumed += 1;
                    progress.resumed_steps += steps;
                    proof
                }
                None => self.one(segment)?,
            };
            self.done.push(proof);
            if let Some(report) = &mut options.progress {
                report(*progress);
            }
        }
        Ok(())
    }

    fn one<E: std::error::Error>(&mut self, segment: Segment) -> Result<SegmentProof, ProveError<E>> {
        let (index, end) = (segment.index, segment.end);
        let started = Instant::now();
        let tables = segment.tables(self.machine, self.rows);
        let filled = Instant::now();
        self.times.tables += filled - started;
        let proof = self.batch.prove(tables, end);
        self.times.proofs += filled.elapsed();
        let proof = proof.map_err(|error| ProveError::Prover { segment: index, reason: error.to_string() })?;
        if let Some(kept) = &self.kept {
            kept.write(index, &proof)?;
        }
        Ok(proof)
    }
}
