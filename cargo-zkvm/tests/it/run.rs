//! `run`: exit statuses, the report, engines, interruption.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{Folder, echoes, exits, floods, loops, outcome, prints, traps};

#[track_caller]
fn check_status(elf: Vec<u8>, arguments: &[&str], status: i32, says: &str) {
    let folder = Folder::new();
    folder.write("guest.elf", elf);
    for engine in [&[][..], &["--interpreter"], &["--no-trace"], &["--chunk-steps", "3"]] {
        let outcome = folder.zkvm(&[&["run", "guest.elf"], arguments, engine].concat());
        outcome.assert_status(status);
        assert!(outcome.stderr.contains(says), "{}", outcome.stderr);
    }
}

#[test]
fn exit_status_0_is_a_guest_that_ends_with_0() {
    check_status(exits(0), &[], 0, "halted with exit code 0");
}

#[test]
fn exit_status_3_is_a_guest_that_ends_with_another_code() {
    check_status(exits(7), &[], 3, "the guest ended with exit code 7");
}

#[test]
fn exit_status_4_is_a_trap() {
    check_status(traps(), &[], 4, "load of 8 bytes at 0x8, which is not mapped");
}

#[test]
fn exit_status_5_is_the_step_limit() {
    check_status(loops(), &["--max-steps", "1000"], 5, "not ended after 1,000 steps");
}

#[test]
fn exit_status_2_is_wrong_usage() {
    let folder = Folder::new();
    for arguments in [&["run", "--no-such-option"][..], &["no-such-command"], &["run", "--chunk-steps", "0"], &[]] {
        folder.zkvm(arguments).assert_status(2);
    }
}

#[test]
fn cargo_passes_its_subcommands_own_name() {
    let folder = Folder::new();
    folder.write("guest.elf", exits(0));
    folder.zkvm(&["zkvm", "run", "guest.elf"]).assert_status(0);
}

#[test]
fn what_the_guest_prints_is_all_of_standard_output() {
    let folder = Folder::new();
    folder.write("guest.elf", prints(b"hello\n"));
    let outcome = folder.zkvm(&["run", "guest.elf"]);
    assert_eq!(outcome.assert_status(0).stdout, b"hello\n");
    let quiet = folder.zkvm(&["run", "guest.elf", "--quiet"]);
    assert_eq!((quiet.stdout.as_slice(), quiet.stderr.as_str()), (&b"hello\n"[..], ""));
}

#[test]
fn with_json_standard_output_is_one_object() {
    let folder = Folder::new();
    folder.write("guest.elf", prints(b"hello\n"));
    let outcome = folder.zkvm(&["run", "guest.elf", "--json"]);
    let report = outcome.assert_status(0).json();
    assert_eq!(report["outcome"], "halted");
    assert_eq!(report["exit_code"], 0);
    assert_eq!(report["public_output"], "");
    assert_eq!(report["log_bytes"], 0);
    for field in ["steps", "seconds", "mhz", "log_bytes", "peak_memory_bytes"] {
        assert!(report[field].is_number(), "{field}");
    }
    assert!(outcome.stderr.contains("hello"));
}

#[test]
fn with_json_a_trap_and_a_step_limit_are_objects_too() {
    let folder = Folder::new();
    folder.write("guest.elf", traps());
    let trapped = folder.zkvm(&["run", "guest.elf", "--json"]);
    let report = trapped.assert_status(4).json();
    assert_eq!(report["outcome"], "trapped");
    assert_eq!(report["exit_code"], serde_json::Value::Null);
    assert_eq!(report["trap"]["pc"], "0x10000");
    folder.write("guest.elf", loops());
    let limited = folder.zkvm(&["run", "guest.elf", "--json", "--max-steps", "10"]);
    let report = limited.assert_status(5).json();
    assert_eq!((&report["outcome"], &report["steps"]), (&"step_limit".into(), &10.into()));
}

#[test]
fn both_engines_report_the_same() {
    let folder = Folder::new();
    folder.write("guest.elf", echoes());
    let report = |engine: &[&str]| {
        let arguments = [&["run", "guest.elf", "--json", "--input", "hex:00112233445566778899"], engine].concat();
        let report = folder.zkvm(&arguments).assert_status(0).json();
        ["steps", "log_bytes", "public_output", "chunks"].map(|field| report[field].clone())
    };
    assert_eq!(report(&[]), report(&["--interpreter"]));
    assert_eq!(report(&[])[2], "00112233445566778899");
}

#[test]
fn input_comes_from_hex_a_file_or_standard_input() {
    let folder = Folder::new();
    folder.write("guest.elf", echoes());
    folder.write("input", b"\x01\x02");
    let output = |source: &str| {
        let mut command = folder.command(["run", "guest.elf", "--json", "--input", source]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"\x01\x02").unwrap();
        let stdout = child.wait_with_output().unwrap().stdout;
        serde_json::from_slice::<serde_json::Value>(&stdout).unwrap()["public_output"].clone()
    };
    for source in ["hex:0102", "hex:0x01_02", "input", "-"] {
        assert_eq!(output(source), "0102", "{source}");
    }
}

#[test]
fn a_closed_standard_output_stops_the_guest() {
    let folder = Folder::new();
    folder.write("guest.elf", floods(b"flood\n"));
    let mut child = folder.command(["run", "guest.elf"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "flood\n");
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert_eq!(output.status.code(), Some(1), "{stderr}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_run_and_leaves_no_files() {
    for signal in ["INT", "TERM"] {
        let folder = Folder::new();
        folder.write("guest.elf", loops());
        let mut command = folder.command(["run", "guest.elf", "--output", "out", "--trace", "trace"]);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        wait_until(|| folder.names().len() > 1);
        std::thread::sleep(Duration::from_millis(200));
        let kill = outcome(std::process::Command::new("kill").args([format!("-{signal}"), child.id().to_string()]));
        kill.assert_status(0);
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal}");
        assert_eq!(folder.names(), ["guest.elf"]);
    }
}

#[cfg(unix)]
#[track_caller]
fn wait_until(mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(10));
    }
}
