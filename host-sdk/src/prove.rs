//! Proofs of runs that are made here and now: the run and the prover, put together.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use zkvm_abi::INPUT;
use zkvm_circuit::tree::region_digest;
use zkvm_circuit::{Digest, Setup};
use zkvm_machine::{Input, Program};
use zkvm_prover::estimate::{self, Estimate, EstimateError};
use zkvm_prover::{MAX_SEGMENT_STEPS, Progress, ProveError, Proved};
use zkvm_trace::Chunk;
use zkvm_translator::{Rom, Run, RunError, RunOptions, Stream, log_buffers};

use crate::execute::{execute_traced, trace_end};

/// Chunks alive at once: one being filled, one becoming a segment.
const BUFFERS: usize = 2;

/// Receives what the guest prints, on the thread that runs it.
pub type Console<'c> = dyn FnMut(Stream, &[u8]) + Send + 'c;

/// How a proof is made; start from [`ProveOptions::default`].
pub struct ProveOptions<'o> {
    /// Steps of a segment, at most [`MAX_SEGMENT_STEPS`]: memory grows with it, and so does the speed.
    pub segment_steps: u64,
    /// Ends the run with [`RunError::StepLimit`] when the guest has not ended after so many steps.
    pub max_steps: Option<u64>,
    /// Receives what the guest prints. By default it is dropped.
    pub console: Option<&'o mut Console<'o>>,
    /// Called whenever a segment is proved.
    pub progress: Option<&'o mut dyn FnMut(Progress)>,
    /// Set by anyone to stop; looked at between segments.
    pub cancel: Option<&'o AtomicBool>,
    /// A folder that keeps finished segments, so that an interrupted proof can go on;
    /// [`Proved::remove_kept_segments`] removes it.
    pub resume: Option<PathBuf>,
}

impl Default for ProveOptions<'_> {
    fn default() -> Self {
        let segment_steps = MAX_SEGMENT_STEPS;
        ProveOptions { segment_steps, max_steps: None, console: None, progress: None, cancel: None, resume: None }
    }
}

/// Runs `program`, and proves that it halts on `input` with the exit code and the public output it then has.
///
/// ```no_run
/// use zkvm_sdk::{Input, Program, ProveOptions, RomCache, input_digest, prove, setup, verify};
///
/// let program = Program::from_elf(&std::fs::read("guest.elf")?)?;
/// let rom = RomCache::open_default()?.rom_for(&program);
/// let setup = setup(&program)?;
/// let key = setup.key.clone();
/// let input = Input::new(*b"what the guest reads")?;
/// let proof = prove(&program, &rom, setup, &input, &mut ProveOptions::default())?.proof;
///
/// let public = verify(&key, &proof)?;
/// assert_eq!((public.exit_code, public.input), (0, input_digest(&input)));
/// println!("{:02x?}, proved with {:.0} bits", public.output, public.security_bits);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ProveError`]. A run that traps has no proof; one with another exit code than 0 has.
pub fn prove(
    program: &Program,
    rom: &Rom,
    setup: Setup,
    input: &Input,
    options: &mut ProveOptions<'_>,
) -> Result<Proved, ProveError<RunError>> {
    let ProveOptions { segment_steps, max_steps, console, progress, cancel, resume } = options;
    let mut prover = zkvm_prover::ProveOptions {
        segment_steps: *segment_steps,
        progress: progress.as_mut().map(|progress| &mut **progress as &mut dyn FnMut(Progress)),
        cancel: *cancel,
        resume: resume.clone(),
    };
    let (segment_steps, max_steps, cancel) = (*segment_steps, *max_steps, *cancel);
    zkvm_prover::prove(program, setup, input, &mut prover, |on_chunk| {
        let mut print = |stream: Stream, text: &[u8]| {
            if let Some(console) = console {
                console(stream, text);
            }
        };
        let mut run = RunOptions::new(&mut print);
        (run.chunk_steps, run.max_steps, run.cancel) = (segment_steps, max_steps, cancel);
        run.log_buffers = Some(log_buffers(BUFFERS, segment_steps));
        execute_traced(program, rom, input, &mut run, on_chunk).map(|execution| trace_end(&execution.run))
    })
}

/// Runs `program` and says what a proof of that run would cost, in segments of `segment_steps` steps.
///
/// # Errors
/// [`EstimateError`]; a guest that traps is an [`zkvm_machine::Outcome`] of the run, which then has no proof.
pub fn estimate(
    program: &Program,
    rom: &Rom,
    input: &Input,
    segment_steps: u64,
    options: &mut RunOptions<'_>,
) -> Result<(Run, Estimate), EstimateError<RunError>> {
    options.log_buffers = Some(log_buffers(1, options.chunk_steps));
    estimate::estimate(program, segment_steps, |on_chunk: &mut dyn FnMut(Chunk) -> ControlFlow<()>| {
        execute_traced(program, rom, input, options, on_chunk).map(|execution| execution.run)
    })
}

/// What a proof says of its input, without telling it: [`zkvm_verifier::PublicValues::input`] of every proof on this input.
pub fn input_digest(input: &Input) -> Digest {
    region_digest(INPUT, &input.to_region()).expect("an input fits into its region, or it would be none")
}

/// The bytes of a digest, as the tool prints them: four numbers below the field's order, each little-endian.
///
/// # Panics
/// Never.
pub fn digest_bytes(digest: &Digest) -> [u8; 32] {
    let encoded = postcard::to_allocvec(digest).expect("plain data in memory can always be encoded");
    encoded.try_into().expect("binary formats write eight bytes per element")
}
