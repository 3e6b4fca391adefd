//! What is written: whole or not at all.

use std::fs;

use zkvm_machine::Program;
use zkvm_sdk::TraceReader;

use crate::support::{Folder, echoes, exits, loops, traps};

#[test]
fn the_public_output_is_written_to_a_file() {
    let folder = Folder::new();
    folder.write("guest.elf", echoes());
    folder.zkvm(&["run", "guest.elf", "--input", "hex:0a0b", "--output", "out"]).assert_status(0);
    assert_eq!(fs::read(folder.path("out")).unwrap(), [10, 11]);
    assert_eq!(folder.names(), ["guest.elf", "out"]);
}

#[test]
fn the_trace_file_is_one_of_this_program() {
    let folder = Folder::new();
    let elf = echoes();
    folder.write("guest.elf", &elf);
    folder.zkvm(&["run", "guest.elf", "--input", "hex:0a0b", "--trace", "t", "--chunk-steps", "7"]).assert_status(0);
    let file = fs::read(folder.path("t")).unwrap();
    let trace = TraceReader::new(&file).unwrap();
    assert_eq!(trace.program(), Program::from_elf(&elf).unwrap().id());
    assert_eq!(trace.end().public_output, [10, 11]);
    assert!(trace.chunks().len() > 2);
}

#[test]
fn a_trap_leaves_a_trace_and_no_output() {
    let folder = Folder::new();
    folder.write("guest.elf", traps());
    folder.zkvm(&["run", "guest.elf", "--trace", "t", "--output", "o"]).assert_status(4);
    assert_eq!(folder.names(), ["guest.elf", "t"]);
}

#[test]
fn a_run_that_does_not_end_leaves_nothing() {
    let folder = Folder::new();
    folder.write("guest.elf", loops());
    folder.zkvm(&["run", "guest.elf", "--trace", "t", "--output", "o", "--max-steps", "9"]).assert_status(5);
    assert_eq!(folder.names(), ["guest.elf"]);
}

#[test]
fn a_file_that_cannot_be_written_is_found_before_the_run() {
    let folder = Folder::new();
    folder.write("guest.elf", loops());
    folder.zkvm(&["run", "guest.elf", "--output", "no/such/folder"]).assert_error(&["no/such/folder", "no directory"]);
    fs::create_dir(folder.path("folder")).unwrap();
    folder.zkvm(&["run", "guest.elf", "--trace", "folder"]).assert_error(&["folder", "is a directory"]);
}

#[test]
fn rom_setup_uses_the_cache_the_second_time() {
    let folder = Folder::new();
    folder.write("guest.elf", exits(0));
    let cached = || folder.zkvm(&["rom-setup", "guest.elf", "--json"]).assert_status(0).json()["cached"].clone();
    assert_eq!(cached(), false);
    assert_eq!(cached(), true);
    folder.zkvm(&["clean"]).assert_status(0);
    assert_eq!(cached(), false);
}

#[test]
fn a_damaged_cache_file_is_never_used() {
    let folder = Folder::new();
    folder.write("guest.elf", exits(0));
    let setup = || folder.zkvm(&["rom-setup", "guest.elf", "--json"]).assert_status(0).json()["cached"].clone();
    setup();
    let files: Vec<_> = fs::read_dir(folder.path("cache/roms")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [file] = files.as_slice() else { panic!("{files:?}") };
    let good = fs::read(file).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    for bad in [&[][..], &good[..good.len() - 1], &flipped, b"not a Rom", &[&good[..], &[0]].concat()] {
        fs::write(file, bad).unwrap();
        assert_eq!(setup(), false);
        assert_eq!(fs::read(file).unwrap(), good);
        assert_eq!(setup(), true);
    }
}

#[test]
fn rom_setup_writes_a_file() {
    let folder = Folder::new();
    folder.write("guest.elf", exits(0));
    let report = folder.zkvm(&["rom-setup", "guest.elf", "--json", "-o", "guest.rom"]).assert_status(0).json();
    assert_eq!(fs::read(folder.path("guest.rom")).unwrap().len() as u64, report["rom_bytes"]);
}

#[test]
fn the_listing_shows_every_instruction() {
    let folder = Folder::new();
    folder.write("guest.elf", exits(0));
    let outcome = folder.zkvm(&["rom-setup", "guest.elf", "--emit", "asm"]);
    let listing = String::from_utf8(outcome.assert_status(0).stdout.clone()).unwrap();
    for part in ["10000", "10004", "10008", "ecall"] {
        assert!(listing.contains(part), "{part}: {listing}");
    }
    folder.zkvm(&["rom-setup", "guest.elf", "--emit", "asm", "-o", "listing"]).assert_status(0);
    assert_eq!(fs::read_to_string(folder.path("listing")).unwrap(), listing);
}

#[cfg(unix)]
#[test]
fn the_cache_of_native_code_is_the_users_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.write("guest.elf", exits(0));
    folder.zkvm(&["run", "guest.elf"]).assert_status(0);
    let mode = fs::metadata(folder.path("cache/roms")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn a_cache_that_cannot_be_used_costs_only_time() {
    let folder = Folder::new();
    folder.write("guest.elf", exits(0));
    folder.write("cache", "a file where the folder should be");
    let outcome = folder.zkvm(&["run", "guest.elf"]);
    assert!(outcome.assert_status(0).stderr.contains("translating without a cache"), "{}", outcome.stderr);
}
