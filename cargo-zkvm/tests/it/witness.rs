//! `prove --emit-witness` and `check`.

use std::fs;

use crate::support::{Folder, echoes, exits, loops, prints, traps};

#[test]
fn a_witness_is_written_and_checks() {
    let folder = Folder::new();
    folder.write("guest.elf", echoes());
    let arguments = ["prove", "guest.elf", "--emit-witness", "w", "--input", "hex:00010203", "--chunk-steps", "5"];
    let report = folder.zkvm(&[&arguments[..], &["--json"]].concat()).assert_status(0).json();
    assert_eq!(report["complete"], true);
    assert_eq!(report["public_output"], "00010203");
    assert!(report["forecast_bytes"].as_u64() > Some(0));
    let tables: u64 = report["tables"].as_array().unwrap().iter().map(|table| table["rows"].as_u64().unwrap()).sum();
    assert_eq!(report["rows"], tables);
    let checked = folder.zkvm(&["check", "w", "--program", "guest.elf", "--json"]).assert_status(0).json();
    assert_eq!((&checked["ok"], &checked["complete"]), (&true.into(), &true.into()));
    assert_eq!(checked["steps"], report["steps"]);
    assert_eq!(folder.names(), ["guest.elf", "w"]);
}

#[test]
fn the_guest_prints_once() {
    let folder = Folder::new();
    folder.write("guest.elf", prints(b"hello\n"));
    let outcome = folder.zkvm(&["prove", "guest.elf", "--emit-witness", "w"]);
    assert_eq!(outcome.assert_status(0).stdout, b"hello\n");
}

#[test]
fn a_part_of_a_witness_is_checked_as_far_as_it_goes() {
    let folder = Folder::new();
    folder.write("guest.elf", echoes());
    for part in [&["--chunks", "1..3"][..], &["--chunks", "2"], &["--tables", "load,store"], &["--compress"]] {
        let all =
            ["prove", "guest.elf", "--emit-witness", "w", "--replace", "--chunk-steps", "9", "--input", "hex:0102"];
        folder.zkvm(&[&all[..], part].concat()).assert_status(0);
        folder.zkvm(&["check", "w"]).assert_status(0);
    }
    let wrong = folder.zkvm(&["prove", "guest.elf", "--emit-witness", "w", "--tables", "nonsense"]);
    assert!(wrong.assert_status(2).stderr.contains("memory_boundary"), "{}", wrong.stderr);
}

#[test]
fn a_tampered_witness_is_refused() {
    let folder = Folder::new();
    folder.write("guest.elf", echoes());
    folder.zkvm(&["prove", "guest.elf", "--emit-witness", "w", "--input", "hex:0102"]).assert_status(0);
    let file = folder.path("w/load.arrow");
    let mut table = fs::read(&file).unwrap();
    let middle = table.len() / 2;
    table[middle] ^= 1;
    fs::write(&file, table).unwrap();
    let outcome = folder.zkvm(&["check", "w", "--quiet"]);
    outcome.assert_error(&["w is no valid witness", "load"]);
    assert_eq!(folder.zkvm(&["check", "w", "--json"]).assert_status(1).json()["ok"], false);
}

#[test]
fn a_witness_of_another_program_is_refused() {
    let folder = Folder::new();
    folder.write("guest.elf", exits(0));
    folder.write("other.elf", exits(1));
    folder.zkvm(&["prove", "guest.elf", "--emit-witness", "w"]).assert_status(0);
    folder.zkvm(&["check", "w", "--program", "other.elf"]).assert_status(1);
}

#[test]
fn what_is_there_is_not_overwritten() {
    let folder = Folder::new();
    folder.write("guest.elf", exits(0));
    fs::create_dir(folder.path("precious")).unwrap();
    folder.write("precious/file", "kept");
    let prove = |more: &[&str]| folder.zkvm(&[&["prove", "guest.elf", "--emit-witness", "precious"], more].concat());
    prove(&[]).assert_error(&["precious", "exists already", "--replace"]);
    prove(&["--replace"]).assert_status(1);
    assert_eq!(fs::read(folder.path("precious/file")).unwrap(), b"kept");
}

#[test]
fn exit_statuses_are_those_of_run_and_nothing_is_left() {
    let folder = Folder::new();
    for (elf, status) in [(traps(), 4), (loops(), 5)] {
        folder.write("guest.elf", elf);
        let arguments = ["prove", "guest.elf", "--emit-witness", "w", "--max-steps", "1000"];
        folder.zkvm(&arguments).assert_status(status);
        assert_eq!(folder.names(), ["guest.elf"]);
    }
    folder.write("guest.elf", exits(9));
    folder.zkvm(&["prove", "guest.elf", "--emit-witness", "w"]).assert_status(3);
    folder.zkvm(&["check", "w"]).assert_status(0);
}

#[test]
fn a_folder_that_is_no_witness() {
    let folder = Folder::new();
    folder.zkvm(&["check", "w"]).assert_error(&["there is no folder w", "--emit-witness"]);
    fs::create_dir(folder.path("w")).unwrap();
    folder.zkvm(&["check", "w", "--quiet"]).assert_error(&["w is no valid witness"]);
}
