//! The guest programs of these tests, and how they are run.

use std::ops::ControlFlow;
use std::path::Path;

use zkvm_machine::{Input, Program};
use zkvm_trace::{Chunk, TraceEnd, TraceReader, TraceWriter};
use zkvm_translator::{Engine, RunError, RunOptions, run_traced};
use zkvm_witness::{EmitError, EmitOptions, WitnessSummary, emit_witness};

use crate::assembler::*;

/// Code that puts the length 8 and eight bytes into the output region and exits with `code`.
fn finish(code: i32) -> Vec<u32> {
    vec![
        lui(11, 0x10000),
        addi(5, 0, 8),
        store(3, 5, 11, 0),
        store(3, 9, 11, 8),
        // write(1, DATA, 4)
        addi(10, 0, 1),
        lui(11, 0x20),
        addi(12, 0, 4),
        addi(17, 0, 64),
        ECALL,
        addi(10, 0, code),
        addi(17, 0, 93),
        ECALL,
    ]
}

/// Every class of instructions, five times over.
pub fn all_classes() -> Program {
    let mut body = vec![
        lui(8, 0x20),
        addi(9, 0, 0),
        addi(18, 0, 5),
        // The loop starts here, at slot 3.
        r(0x33, 0, 0x20, 5, 9, 8),
        r(0x3b, 0, 0x00, 6, 5, 9),
        i(0x1b, 0, 7, 6, -5),
        i(0x13, 4, 5, 5, -1),
        r(0x33, 7, 0, 6, 5, 8),
        i(0x13, 2, 7, 5, 9),
        r(0x33, 3, 0, 7, 8, 5),
        // A scope marker: `slti x0, x0, 0x5a1`.
        i(0x13, 2, 0, 0, 0x5a1),
        i(0x13, 1, 7, 8, 33),
        i(0x1b, 5, 7, 5, 0x403),
        r(0x33, 5, 0, 7, 5, 9),
        r(0x33, 1, 1, 6, 5, 8),
        r(0x3b, 0, 1, 6, 5, 8),
        r(0x33, 6, 1, 7, 8, 18),
        r(0x33, 4, 1, 7, 8, 0),
        auipc(28, 1),
        jal(1, 8),
        addi(0, 0, 0),
        auipc(28, 0),
        jalr(1, 28, 13),
        addi(0, 0, 0),
        // Memory: aligned, narrow, to x0, misaligned within a word and across two and across pages.
        load(3, 5, 8, 0),
        load(0, 6, 8, 3),
        load(5, 7, 8, 6),
        load(3, 0, 8, 8),
        store(3, 5, 8, 16),
        store(0, 6, 8, 19),
        store(1, 9, 8, 22),
        load(2, 7, 8, 1),
        load(3, 7, 8, 13),
        store(3, 7, 8, 29),
        store(2, 5, 8, 34),
        load(1, 7, 8, 33),
        lui(29, 0x21),
        load(3, 30, 29, -3),
        store(3, 30, 29, -5),
        // lr, sc: held, not held, of another width; amo.
        addi(30, 8, 64),
        atomic(2, 3, 5, 30, 0),
        atomic(3, 3, 6, 30, 9),
        atomic(3, 3, 6, 30, 9),
        atomic(2, 2, 5, 30, 0),
        atomic(3, 3, 6, 30, 9),
        atomic(0, 3, 5, 30, 18),
        atomic(0x14, 2, 5, 30, 9),
        atomic(1, 2, 0, 30, 9),
        FENCE,
        // The input, through a0 at entry, is at 0x20000000.
        lui(31, 0x20000),
        load(3, 5, 31, 8),
        r(0x33, 0, 0, 9, 9, 5),
        addi(18, 18, -1),
    ];
    let back = -4 * (body.len() as i32 - 3);
    body.push(branch(1, 18, 0, back));
    body.push(branch(5, 0, 18, 8));
    body.push(addi(0, 0, 0));
    body.extend(finish(7));
    let data: Vec<u8> = (0..=255u8).cycle().map(|byte| byte.wrapping_mul(37).wrapping_add(5)).take(0x2000).collect();
    Program::from_elf(&elf(&body, &data)).expect("a valid ELF")
}

/// A loop of `iterations` rounds with a load, a store and a misaligned store each: 8 steps a round.
pub fn long_loop(iterations: u32) -> Program {
    let mut body = vec![lui(8, 0x20), lui(18, iterations >> 12), addi(18, 18, (iterations & 0x7ff) as i32)];
    body.extend([
        i(0x13, 7, 5, 18, 0x7f8),
        r(0x33, 0, 0, 5, 5, 8),
        load(3, 9, 5, 0),
        r(0x33, 0, 0, 9, 9, 18),
        store(3, 9, 5, 0),
        store(3, 9, 5, 21),
        addi(18, 18, -1),
        branch(1, 18, 0, -28),
    ]);
    body.extend(finish(0));
    Program::from_elf(&elf(&body, &[1; 0x1000])).expect("a valid ELF")
}

/// A few steps, then a store to read-only memory.
pub fn trapping() -> Program {
    let text = [lui(8, 0x10), addi(9, 0, 1), load(3, 5, 8, 0), store(3, 9, 8, 0)];
    Program::from_elf(&elf(&text, &[0; 8])).expect("a valid ELF")
}

pub fn input() -> Input {
    Input::new(*b"some input bytes").expect("small")
}

/// Runs `program` with the interpreter and hands its chunks to `on_chunk`.
pub fn run(
    program: &Program,
    chunk_steps: u64,
    on_chunk: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
) -> Result<TraceEnd, RunError> {
    let mut console = |_, _: &[u8]| ();
    let mut options = RunOptions::new(&mut console);
    options.chunk_steps = chunk_steps;
    let run = run_traced(program, Engine::Interpreter, &input(), &mut options, on_chunk)?;
    Ok(TraceEnd { end: run.end, outcome: run.outcome, public_output: run.public_output })
}

pub fn emit(
    program: &Program,
    chunk_steps: u64,
    directory: &Path,
    options: &EmitOptions<'_>,
) -> Result<WitnessSummary, EmitError<RunError>> {
    emit_witness(program, &input(), directory, options, |on_chunk| run(program, chunk_steps, on_chunk), &mut |_| ())
}

/// A trace file of `program`.
pub fn trace(program: &Program, chunk_steps: u64) -> Vec<u8> {
    let mut writer = TraceWriter::new(Vec::new(), program.id()).expect("memory does not fail");
    let end = run(program, chunk_steps, &mut |chunk| {
        writer.chunk(&chunk).expect("memory does not fail");
        ControlFlow::Continue(())
    });
    let file = writer.finish(&end.expect("the program ends")).expect("memory does not fail");
    TraceReader::new(&file).expect("just written");
    file
}
