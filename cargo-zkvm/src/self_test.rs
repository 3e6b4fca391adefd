//! A program of three instructions, run natively: whether this host can do it.

use anyhow::{Context, ensure};
use zkvm_sdk::translator::TranslateOptions;
use zkvm_sdk::{Engine, Input, Outcome, Program, Rom, RunOptions, run};

/// `li a0, 0; li a7, 93; ecall`.
const WORDS: [u32; 3] = [0x0000_0513, 0x05d0_0893, 0x0000_0073];

/// Runs it.
pub fn native() -> anyhow::Result<()> {
    let program = Program::from_elf(&elf()).context("the test program is no program")?;
    let rom = Rom::translate(&program, &TranslateOptions::default());
    let mut console = |_, _: &[u8]| ();
    let run = run(&program, Engine::Native(&rom), &Input::default(), &mut RunOptions::new(&mut console))?;
    ensure!(run.outcome == Outcome::Halted { exit_code: 0 } && run.steps() == 3, "a test program ran wrongly");
    Ok(())
}

/// An ELF with one executable segment at 0x10000.
fn elf() -> Vec<u8> {
    const HEADERS: u64 = 64 + 56;
    let text: Vec<u8> = WORDS.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    elf.extend([2, 0, 0xf3, 0, 1, 0, 0, 0]);
    // Entry, program headers' offset, section headers' offset.
    [0x1_0000, 64, 0].into_iter().for_each(|field: u64| elf.extend(field.to_le_bytes()));
    // Flags (4 bytes), then sizes and counts of the headers.
    [0, 0, 64, 56, 1, 64, 0, 0].into_iter().for_each(|field: u16| elf.extend(field.to_le_bytes()));
    // PT_LOAD, readable and executable.
    elf.extend([1, 0, 0, 0, 5, 0, 0, 0]);
    let bytes = text.len() as u64;
    [HEADERS, 0x1_0000, 0x1_0000, bytes, bytes, 4096].into_iter().for_each(|field| elf.extend(field.to_le_bytes()));
    elf.extend(text);
    elf
}
