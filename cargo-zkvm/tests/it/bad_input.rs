//! What users get wrong: one line that says what, where, and what to do; exit status 1.

use std::fs::{self, File};

use crate::support::{Folder, exits};

#[test]
fn an_elf_that_is_not_there() {
    let folder = Folder::new();
    folder.zkvm(&["run", "guest.elf"]).assert_error(&["there is no file guest.elf"]);
    folder.zkvm(&["rom-setup", "a/b"]).assert_error(&["there is no file a/b"]);
}

#[test]
fn a_package_where_there_is_no_project() {
    let folder = Folder::new();
    folder.zkvm(&["run", "guest"]).assert_error(&["`guest` is no file", "no Cargo.toml"]);
    folder.zkvm(&["run"]).assert_error(&["no Cargo.toml", "cargo zkvm new"]);
    folder.zkvm(&["build"]).assert_error(&["no Cargo.toml"]);
}

#[test]
fn a_folder_instead_of_an_elf() {
    let folder = Folder::new();
    fs::create_dir(folder.path("guest")).unwrap();
    folder.zkvm(&["run", "guest"]).assert_error(&["guest is a directory"]);
}

#[test]
fn a_file_that_is_no_guest() {
    let folder = Folder::new();
    let elf = exits(0);
    let mut x86 = elf.clone();
    x86[18] = 62;
    let cases: [(&[u8], &str); 5] = [
        (b"", "not an ELF file"),
        (b"#!/bin/sh\n", "not an ELF file"),
        (&elf[..40], "malformed ELF"),
        (&elf[..elf.len() - 4], "not all in the file"),
        (&x86, "a guest has 0xf3 (RISC-V)"),
    ];
    for (contents, says) in cases {
        folder.write("guest.elf", contents);
        folder.zkvm(&["run", "guest.elf"]).assert_error(&["guest.elf is no guest program", says]);
    }
}

#[test]
fn every_truncation_of_an_elf_is_an_error() {
    let folder = Folder::new();
    let elf = exits(0);
    for length in (0..elf.len()).step_by(7) {
        folder.write("guest.elf", &elf[..length]);
        folder.zkvm(&["rom-setup", "guest.elf"]).assert_error(&["guest.elf"]);
    }
}

#[test]
fn an_input_that_cannot_be_read() {
    let folder = Folder::new();
    folder.write("guest.elf", exits(0));
    fs::create_dir(folder.path("folder")).unwrap();
    let run = |input: &str| folder.zkvm(&["run", "guest.elf", "--input", input]);
    run("missing").assert_error(&["cannot read the input missing"]);
    run("folder").assert_error(&["folder", "is a directory"]);
    run("hex:12345").assert_error(&["--input", "5 hex digits"]);
    run("hex:xy").assert_error(&["--input", "`x` is no hex digit"]);
}

#[test]
fn an_input_larger_than_the_guests_input_region() {
    let folder = Folder::new();
    folder.write("guest.elf", exits(0));
    // Sparse: nothing of it is on the disk, and nothing of it may be read.
    File::create(folder.path("huge")).unwrap().set_len(1 << 40).unwrap();
    folder.zkvm(&["run", "guest.elf", "--input", "huge"]).assert_error(&["huge", "too large", "512 MiB"]);
}

#[test]
fn an_elf_that_is_huge() {
    let folder = Folder::new();
    File::create(folder.path("huge.elf")).unwrap().set_len(1 << 40).unwrap();
    folder.zkvm(&["run", "huge.elf"]).assert_error(&["huge.elf", "too many"]);
}

#[test]
fn arguments_that_make_no_sense() {
    let folder = Folder::new();
    folder.write("guest.elf", exits(0));
    folder.zkvm(&["run", "guest.elf", "--env", "NAME"]).assert_error(&["--env NAME", "NAME=VALUE"]);
    folder.zkvm(&["run", "guest.elf", "--env", "=x"]).assert_error(&["NAME=VALUE"]);
    folder.zkvm(&["run", "guest.elf", "--seed", "00"]).assert_error(&["--seed", "64 hex digits"]);
}

#[test]
fn names_no_package_can_have() {
    let folder = Folder::new();
    for name in ["1st", "a b", "fn", "ä", ".", "std"] {
        folder.zkvm(&["new", name]).assert_status(1);
        assert!(folder.names().is_empty(), "{name}");
    }
    fs::create_dir(folder.path("there")).unwrap();
    folder.zkvm(&["new", "there"]).assert_error(&["there exists already"]);
    folder.zkvm(&["new", "no/such/place"]).assert_error(&["no directory no/such"]);
}
