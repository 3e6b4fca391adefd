//! Everybody agrees on what each program does.

use std::ops::ControlFlow;

use rayon::prelude::*;
use zkvm_real_guests::{Guest, guest_elf_path, native};
use zkvm_sdk::translator::{Run, TranslateOptions, run_traced};
use zkvm_sdk::{Chunk, Engine, Input, Outcome, Program, Rom, RunOptions};

use crate::outside::{by_qemu, natively};

fn traced(program: &Program, engine: Engine<'_>, input: &Input, chunk_steps: u64) -> (Run, Vec<Chunk>) {
    let mut console = |_, _: &[u8]| ();
    let mut options = RunOptions::new(&mut console);
    options.chunk_steps = chunk_steps;
    let mut chunks = Vec::new();
    let mut keep = |chunk| {
        chunks.push(chunk);
        ControlFlow::Continue(())
    };
    let run = run_traced(program, engine, input, &mut options, &mut keep).unwrap();
    (run, chunks)
}

/// Native code, the reference, replay, the same source on this machine, and qemu.
fn check(guest: &Guest) {
    let name = &guest.name;
    let elf = guest_elf_path(guest).unwrap();
    let input_bytes = guest.test_input.bytes().unwrap();
    let program = Program::from_elf(&std::fs::read(&elf).unwrap()).unwrap();
    let input = Input::new(input_bytes.clone()).unwrap();
    let rom = Rom::translate(&program, &TranslateOptions::default());

    let (run, chunks) = traced(&program, Engine::Native(&rom), &input, 1 << 20);
    let (reference, reference_chunks) = traced(&program, Engine::Interpreter, &input, 1 << 20);
    assert_eq!(run.outcome, reference.outcome, "{name}");
    assert_eq!(run.end, reference.end, "{name}");
    assert_eq!(run.public_output, reference.public_output, "{name}");
    assert!(chunks == reference_chunks, "{name}: the traces differ");
    drop(reference_chunks);

    // Other blocks, other boundaries: the same program.
    let options = TranslateOptions { max_block: 5, ..TranslateOptions::default() };
    let (again, small_chunks) = traced(&program, Engine::Native(&Rom::translate(&program, &options)), &input, 10_007);
    assert_eq!((again.outcome, again.end), (run.outcome, run.end.clone()), "{name}");

    for chunks in [&chunks, &small_chunks] {
        replay(&program, chunks, &run);
    }

    let native = natively(&native(guest).unwrap(), &input_bytes);
    let qemu = by_qemu(&elf, &input_bytes);
    let halted = run.outcome == Outcome::Halted { exit_code: 0 };
    assert_eq!(halted, guest.exit.is_none(), "{name}: {:?}", run.outcome);
    assert_eq!(native.success, halted, "{name} natively");
    assert_eq!(qemu.success, halted, "{name} by qemu");
    if halted {
        assert!(!run.public_output.is_empty(), "{name} says nothing");
        assert_eq!(run.public_output, native.output, "{name} natively");
        assert_eq!(run.public_output, qemu.output, "{name} by qemu");
    }
    println!("{name}: {} steps, {} bytes of output", run.steps(), run.public_output.len());
}

/// Each chunk alone ends where the next begins, the last where the run ended.
fn replay(program: &Program, chunks: &[Chunk], run: &Run) {
    let ends: Vec<_> =
        chunks.par_iter().map(|chunk| zkvm_witness::replay_chunk(program, chunk.into(), |_, _| ()).unwrap()).collect();
    let starts = chunks[1..].iter().map(|chunk| &chunk.start).chain([&run.end]);
    assert!(ends.iter().eq(starts), "a chunk does not end where the next begins");
}

guests!(check);
