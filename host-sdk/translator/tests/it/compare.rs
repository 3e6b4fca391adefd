//! Runs a program in every way there is and compares.

use std::ops::ControlFlow;

use zkvm_machine::{Input, Outcome, Program};
use zkvm_trace::{Chunk, RegisterCheckpoint};
use zkvm_translator::{Engine, MapChoice, Mode, Rom, RunError, RunOptions, TranslateOptions, run, run_traced};

use crate::replay::check_replay;
use MapChoice::{Common, Loops, Scattered};

/// Chunk sizes at which every short program is run, the block lengths that make native code fit into them, and maps.
const SIZES: [(u64, u32, MapChoice); 12] = [
    (1, 1, Loops),
    (1, 256, Scattered),
    (2, 1, Scattered),
    (2, 2, Loops),
    (3, 2, Common),
    (7, 3, Loops),
    (7, 4, Scattered),
    (100, 256, Loops),
    (1 << 20, 256, Loops),
    (1 << 20, 256, Common),
    (1 << 20, 256, Scattered),
    (1 << 20, 1, Loops),
];

/// More than any of the programs takes that are not random and may run for ever.
const MAX_STEPS: u64 = 60_000;

/// Everything there is to say about a traced run.
#[derive(Debug, PartialEq)]
pub struct Observed {
    pub end: End,
    pub chunks: Vec<Chunk>,
    pub printed: Vec<u8>,
}

#[derive(Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "few of them")]
pub enum End {
    Outcome { outcome: Outcome, end: RegisterCheckpoint, public_output: Vec<u8> },
    StepLimit { steps: u64, pc: u64 },
}

fn end_of(result: Result<zkvm_translator::Run, RunError>) -> End {
    match result {
        Ok(run) => End::Outcome { outcome: run.outcome, end: run.end, public_output: run.public_output },
        Err(RunError::StepLimit { steps, pc }) => End::StepLimit { steps, pc },
        Err(error) => panic!("{error}"),
    }
}

pub fn observe(program: &Program, engine: Engine<'_>, chunk_steps: u64) -> Observed {
    let mut printed = Vec::new();
    let mut console = |_, bytes: &[u8]| printed.extend_from_slice(bytes);
    let mut options = RunOptions::new(&mut console);
    options.chunk_steps = chunk_steps;
    options.max_steps = Some(MAX_STEPS);
    options.log_buffers = None;
    let mut chunks = Vec::new();
    let mut on_chunk = |chunk| {
        chunks.push(chunk);
        ControlFlow::Continue(())
    };
    let input = Input::new(*b"some input").unwrap();
    let end = end_of(run_traced(program, engine, &input, &mut options, &mut on_chunk));
    Observed { end, chunks, printed }
}

/// Panics with the first difference.
#[track_caller]
fn check_same(native: &Observed, reference: &Observed, how: &str) {
    for (native, reference) in native.chunks.iter().zip(&reference.chunks) {
        assert_eq!(native, reference, "{how}");
    }
    assert_eq!(native.end, reference.end, "{how}");
    assert_eq!(native.printed, reference.printed, "{how}");
    assert_eq!(native.chunks.len(), reference.chunks.len(), "{how}");
}

/// The same of a program that must end by itself, so that all of it has been compared.
#[track_caller]
pub fn check_to_end(elf: &[u8]) {
    let end = observe(&Program::from_elf(elf).unwrap(), Engine::Interpreter, 1 << 20).end;
    assert!(matches!(end, End::Outcome { .. }), "longer than {MAX_STEPS} steps");
    check(elf);
}

/// Native execution does exactly what the reference does, at every chunk size.
#[track_caller]
pub fn check(elf: &[u8]) {
    let program = Program::from_elf(elf).unwrap();
    for (chunk_steps, max_block, maps) in SIZES {
        let rom = Rom::translate(&program, &TranslateOptions { mode: Mode::Traced, max_block, maps });
        let reference = observe(&program, Engine::Interpreter, chunk_steps);
        let native = observe(&program, Engine::Native(&rom), chunk_steps);
        check_same(
            &native,
            &reference,
            &format!("chunks of {chunk_steps}, blocks of at most {max_block}, maps for {maps:?}"),
        );
        let rom = Rom::translate(&program, &TranslateOptions { mode: Mode::Replay, max_block, maps });
        check_replay(&program, &rom, &native.chunks);
    }
    for (mode, maps) in [(Mode::Untraced, Loops), (Mode::Untraced, Scattered), (Mode::Traced, Loops)] {
        let rom = Rom::translate(&program, &TranslateOptions { mode, maps, ..TranslateOptions::default() });
        let mut ends = [Engine::Interpreter, Engine::Native(&rom)].map(|engine| {
            let mut console = |_, _: &[u8]| ();
            let mut options = RunOptions::new(&mut console);
            options.max_steps = Some(MAX_STEPS);
            end_of(run(&program, engine, &Input::new(*b"some input").unwrap(), &mut options))
        });
        let [reference, native] = &mut ends;
        assert_eq!(native, reference, "without trace, {mode:?} code");
    }
}
