//! The cells a program starts with.

use zkvm_abi::{INPUT, OUTPUT, STACK, entry};
use zkvm_machine::{Program, Reg};

use crate::cells::source;

/// Cells of the words that `bytes` fill from `address` on, in ascending order; bytes around them are 0.
pub fn byte_cells(address: u64, bytes: &[u8]) -> Vec<(u64, u64)> {
    let mut cells = Vec::with_capacity(bytes.len() / 8 + 2);
    let mut rest = bytes;
    let mut address = address;
    while !rest.is_empty() {
        let offset = (address % 8) as usize;
        let count = rest.len().min(8 - offset);
        let mut word = [0; 8];
        word[offset..offset + count].copy_from_slice(&rest[..count]);
        cells.push((address / 8, u64::from_le_bytes(word)));
        address += count as u64;
        rest = &rest[count..];
    }
    cells
}

/// The cells that are not 0 before the first step, whatever the input: the program's segments and the registers. In
/// ascending order, each cell once.
pub fn program_cells(program: &Program) -> Vec<(u64, u64)> {
    let mut cells: Vec<(u64, u64)> = Vec::new();
    for segment in program.segments() {
        for (cell, word) in byte_cells(segment.region.start, &segment.data) {
            match cells.last_mut() {
                // The segments do not overlap, but two may share a word.
                Some((last, shared)) if *last == cell => *shared |= word,
                _ => cells.push((cell, word)),
            }
        }
    }
    let register = |index: u8, value| (source(Reg::new(index.into())), value);
    cells.push(register(entry::SP, STACK.end));
    cells.push(register(entry::INPUT_POINTER, INPUT.start));
    cells.push(register(entry::OUTPUT_POINTER, OUTPUT.start));
    cells
}
