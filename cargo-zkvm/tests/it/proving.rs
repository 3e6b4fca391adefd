//! `prove`: what it says beforehand, what cannot be proved, and what an interruption leaves.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::support::{Folder, Outcome, calls_nothing, counts_down, echoes, exits, loops, outcome, traps};

#[test]
fn an_exit_code_other_than_0_is_proved_and_verify_ends_with_3() {
    let folder = Folder::new();
    folder.write("guest.elf", exits(7));
    let made = folder.zkvm(&["prove", "guest.elf"]);
    assert!(made.assert_status(0).stderr.contains("exit code 7"), "{}", made.stderr);
    assert_eq!(folder.names(), ["guest.elf", "guest.proof"]);
    let verified = folder.zkvm(&["verify", "guest.proof", "--program", "guest.elf"]);
    verified.assert_refused(3, &["the proof is right", "exit code 7"]);
    let report = folder.zkvm(&["verify", "guest.proof", "--program", "guest.elf", "--json"]).assert_status(3).json();
    assert_eq!((&report["ok"], &report["exit_code"]), (&true.into(), &7.into()));
}

#[test]
fn what_does_not_halt_is_not_proved_and_leaves_nothing() {
    let folder = Folder::new();
    let cases = [
        (traps(), 4, "a run that traps has no proof"),
        (calls_nothing(), 4, "a run that traps has no proof"),
        (loops(), 5, "not ended after 1000 steps"),
    ];
    for (elf, status, says) in cases {
        folder.write("guest.elf", elf);
        let outcome = folder.zkvm(&["prove", "guest.elf", "--max-steps", "1000", "-o", "p"]);
        outcome.assert_refused(status, &[says]);
        assert_eq!(folder.names(), ["guest.elf"]);
    }
}

#[test]
fn an_estimate_proves_nothing() {
    let folder = Folder::new();
    folder.write("guest.elf", counts_down(20_000));
    let estimate = |more: &[&str]| folder.zkvm(&[&["prove", "guest.elf", "--estimate"], more].concat());
    let report = estimate(&["--json", "--segment-steps", "16384"]).assert_status(0).json();
    assert_eq!((&report["segments"], &report["segment_steps"]), (&3.into(), &16384.into()));
    let steps = report["steps"].as_u64().unwrap();
    let tables = report["tables"].as_array().unwrap();
    let rows =
        |name: &str| tables.iter().find(|table| table["name"] == name).map(|table| table["rows"].as_u64().unwrap());
    assert_eq!(rows("core"), Some(steps - 1), "all but the system call");
    assert_eq!(rows("compare"), Some(20_000));
    assert_eq!(rows("ecall"), Some(1));
    assert_eq!(rows("multiply"), None);
    let cells: u64 = tables.iter().map(|table| table["cells"].as_u64().unwrap()).sum();
    assert_eq!(report["cells"], cells);
    assert_eq!(report["measured_speed"], false);
    let people = estimate(&[]);
    for part in ["Forecast", "nothing has been proved on this machine", "core", "cells per step"] {
        assert!(people.assert_status(0).stderr.contains(part), "{}", people.stderr);
    }
    assert_eq!(folder.names(), ["guest.elf"]);
}

#[test]
fn memory_decides_how_long_segments_are() {
    let folder = Folder::new();
    folder.write("guest.elf", exits(0));
    let estimate = |more: &[&str]| folder.zkvm(&[&["prove", "guest.elf", "--estimate", "--json"], more].concat());
    let steps = |memory: &str| estimate(&["--max-memory", memory]).assert_status(0).json()["segment_steps"].as_u64();
    assert_eq!(steps("1TB"), Some(1 << 20));
    assert!(steps("2GiB") < steps("4GiB"));
    estimate(&["--max-memory", "10MB"]).assert_error(&["--max-memory 10.0 MB", "proving takes at least"]);
    estimate(&["--max-memory", "1GB", "--segment-steps", "1048576"]).assert_error(&["--segment-steps 1048576"]);
    for wrong in [["--segment-steps", "1000"], ["--segment-steps", "2097152"], ["--max-memory", "much"]] {
        estimate(&wrong).assert_status(2);
    }
}

#[test]
fn mistakes_are_found_before_anything_is_run() {
    let folder = Folder::new();
    folder.write("guest.elf", loops());
    folder.zkvm(&["prove", "guest.elf", "-o", "no/such/p"]).assert_error(&["no/such", "no directory"]);
    fs::create_dir(folder.path("p.segments")).unwrap();
    let refused = folder.zkvm(&["prove", "guest.elf", "-o", "p"]);
    refused.assert_error(&["p.segments", "interrupted proof", "--resume", "remove it"]);
}

/// Three segments of the shortest kind.
const STEPS: [&str; 2] = ["--segment-steps", "16384"];

fn guest() -> Vec<u8> {
    counts_down(20_000)
}

fn prove(folder: &Folder, more: &[&str]) -> Command {
    folder.command([&["prove", "guest.elf", "-o", "p", "--json"], more].concat())
}

/// Starts a proof and waits for its first finished segment.
fn interrupted_after_one_segment(folder: &Folder, signal: &str) -> Outcome {
    let mut command = prove(folder, &STEPS);
    command.stderr(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let child: Child = command.spawn().unwrap();
    let first = folder.path("p.segments/00000000.segment");
    wait_for(&first);
    let pid = child.id().to_string();
    Command::new("kill").args([signal, &pid]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    Outcome {
        status: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn wait_for(file: &Path) {
    let started = Instant::now();
    while !file.exists() {
        assert!(started.elapsed() < Duration::from_secs(300), "no segment is finished");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_killed_proof_goes_on_with_its_finished_segments() {
    let folder = Folder::new();
    folder.write("guest.elf", guest());
    interrupted_after_one_segment(&folder, "-KILL").assert_status(-1);
    assert!(!folder.path("p").exists());
    outcome(&mut prove(&folder, &STEPS)).assert_error(&["p.segments", "--resume", "remove it"]);
    // The segments' length is remembered.
    let report = outcome(&mut prove(&folder, &["--resume"])).assert_status(0).json();
    assert_eq!((&report["segments"], &report["segment_steps"]), (&3.into(), &16384.into()));
    assert!(report["resumed_segments"].as_u64() >= Some(1), "{report}");
    assert!(!folder.path("p.segments").exists());
    folder.zkvm(&["verify", "p", "--program", "guest.elf"]).assert_status(0);
}

#[test]
fn an_interrupted_proof_says_how_to_go_on() {
    let folder = Folder::new();
    folder.write("guest.elf", guest());
    interrupted_after_one_segment(&folder, "-INT").assert_refused(130, &["interrupted", "p.segments", "--resume"]);
    folder.write("guest.elf", echoes());
    outcome(&mut prove(&folder, &["--resume"])).assert_refused(1, &["p.segments", "another program or input"]);
    folder.write("guest.elf", guest());
    // A damaged segment is proved again.
    let first = folder.path("p.segments/00000000.segment");
    let mut segment = fs::read(&first).unwrap();
    let middle = segment.len() / 2;
    segment[middle] ^= 1;
    fs::write(&first, segment).unwrap();
    outcome(&mut prove(&folder, &["--resume"])).assert_status(0);
    folder.zkvm(&["verify", "p", "--program", "guest.elf"]).assert_status(0);
}

#[test]
fn the_report_of_a_run_says_what_its_proof_costs() {
    let folder = Folder::new();
    folder.write("guest.elf", counts_down(1000));
    let report = folder.zkvm(&["run", "guest.elf", "--report", "--json"]).assert_status(0).json();
    let cost = &report["report"];
    assert_eq!(cost["steps"], report["steps"]);
    let class = |name: &str| {
        let classes = cost["classes"].as_array().unwrap();
        classes.iter().find(|class| class["name"] == name).unwrap_or_else(|| panic!("{name}: {cost}")).clone()
    };
    assert_eq!((&class("branch")["steps"], &class("branch")["rows"]["compare"]), (&1000.into(), &1000.into()));
    assert_eq!(class("ecall")["rows"]["ecall"], 1);
    for list in ["classes", "functions"] {
        let sum = |field: &str| {
            cost[list].as_array().unwrap().iter().map(|entry| entry[field].as_u64().unwrap()).sum::<u64>()
        };
        assert_eq!(report["steps"], sum("steps"), "{list}");
        assert_eq!(cost["cells"], sum("cells") + cost["other_cells"].as_u64().unwrap(), "{list}");
    }
    let people = folder.zkvm(&["run", "guest.elf", "--report"]);
    for part in ["branch", "compare", "padding"] {
        assert!(people.assert_status(0).stderr.contains(part), "{}", people.stderr);
    }
    assert!(folder.zkvm(&["run", "guest.elf", "--json"]).json()["report"].is_null());
}
