//! Files that are no guest programs.

use zkvm_machine::{ElfError, Program};
use zkvm_test_support::{ElfBuilder, TEXT, exit_with};

fn good() -> Vec<u8> {
    ElfBuilder::new(&exit_with(0)).data(vec![1, 2, 3, 4]).build()
}

/// `good`, with `bytes` at `offset`.
fn changed(offset: usize, bytes: &[u8]) -> Vec<u8> {
    let mut elf = good();
    elf[offset..offset + bytes.len()].copy_from_slice(bytes);
    elf
}

const PROGRAM_HEADER: usize = 64;

#[track_caller]
fn check(elf: &[u8], expected: &str) {
    let error = Program::from_elf(elf).map(|program| program.id()).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn every_truncation_is_an_error_or_the_same_program() {
    let elf = good();
    let id = Program::from_elf(&elf).unwrap().id();
    for length in (0..elf.len()).filter(|length| *length < 256 || length % 64 == 0) {
        if let Ok(program) = Program::from_elf(&elf[..length]) {
            assert_eq!(program.id(), id, "{length} bytes");
        }
    }
    assert!(matches!(Program::from_elf(b""), Err(ElfError::NotElf { .. })));
}

#[test]
fn no_flipped_bit_panics() {
    let elf = good();
    // The headers.
    for bit in 0..256 * 8 {
        let mut flipped = elf.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let _ = Program::from_elf(&flipped);
    }
}

#[test]
fn header_fields_are_checked() {
    check(b"#!/bin/sh\n", "not an ELF file");
    check(&changed(4, &[1]), "the class");
    check(&changed(5, &[2]), "the byte order");
    check(&changed(18, &[62, 0]), "the machine of the ELF is 0x3e");
    check(&changed(16, &[3, 0]), "dynamically linked");
    check(&changed(16, &[1, 0]), "the type");
    check(&changed(32, &u64::MAX.to_le_bytes()), "the program headers");
    check(&changed(54, &[57, 0]), "the program headers");
    check(&changed(56, &[0xff, 0xff]), "the program headers");
}

#[test]
fn segments_are_checked() {
    let field = |index: usize, value: u64| changed(PROGRAM_HEADER + 8 * index, &value.to_le_bytes());
    check(&field(1, 1 << 40), "are not all in the file");
    check(&field(1, u64::MAX), "are not all in the file");
    check(&field(4, 1 << 40), "are not all in the file");
    check(&field(2, 0), "outside the program regions");
    check(&field(2, u64::MAX - 3), "outside the program regions");
    check(&field(2, 0x4000_0000), "outside the program regions");
    check(&field(5, 1 << 40), "outside the program regions");
    check(&field(2, 0x20_0000), "overlap");
    check(&field(2, 0x20_0100), "both writable and executable");
    check(&changed(PROGRAM_HEADER + 4, &[7]), "both writable and executable");
    check(&changed(PROGRAM_HEADER, &[3]), "dynamically linked");
}

#[test]
fn the_entry_is_an_instruction() {
    for entry in [0, TEXT - 4, TEXT + 2, TEXT + 12, 0x20_0000, u64::MAX] {
        check(&changed(24, &entry.to_le_bytes()), "entry");
    }
}
