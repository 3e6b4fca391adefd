//! The templates, built and run as they are written. That needs a toolchain for guests: where there is none these tests
//! do nothing, except in continuous integration (`CI=true`), where they fail.

use std::process::Command;

use zkvm_sdk::guest_build::Toolchain;

use crate::support::{Folder, Outcome, outcome, tool};

#[track_caller]
pub fn can_build() -> bool {
    match Toolchain::find() {
        Ok(_) => true,
        Err(error) => {
            assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "{error}");
            false
        }
    }
}

/// Runs the tool in the project with the user's own cache: `std` for guests takes minutes to build.
#[track_caller]
fn zkvm(folder: &Folder, project: &str, arguments: &[&str]) -> Outcome {
    let outcome = outcome(&mut tool(&folder.path(project), arguments));
    outcome.assert_status(0);
    outcome
}

#[test]
fn no_std() {
    if !can_build() {
        return;
    }
    let folder = Folder::new();
    folder.zkvm(&["new", "tiny", "--template", "no-std"]).assert_status(0);
    let report = zkvm(&folder, "tiny", &["run", "--json", "--input", "hex:030102"]).json();
    assert_eq!(report["public_output"], "010203");
}

#[test]
fn c() {
    if !can_build() {
        return;
    }
    if zkvm_sdk::guest_build::CCompiler::find().is_none() {
        assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "there is no C compiler for guests");
        return;
    }
    let folder = Folder::new();
    folder.zkvm(&["new", "legacy", "--template", "c"]).assert_status(0);
    let report = zkvm(&folder, "legacy", &["run", "--json", "--input", "hex:010203"]).json();
    assert_eq!(report["public_output"], "0600000000000000");
}

#[test]
fn std() {
    if !can_build() {
        return;
    }
    let folder = Folder::new();
    folder.zkvm(&["new", "primes"]).assert_status(0);
    // 100 in postcard's encoding; there are 25 primes below it.
    let run = zkvm(&folder, "primes", &["run", "--json", "--input", "hex:64"]);
    assert_eq!(run.json()["public_output"], "19");
    assert_eq!(run.json()["scopes"][0]["name"], "sieve");
    assert!(run.stderr.contains("the largest prime below 100 is Some(97)"), "{}", run.stderr);
    assert_eq!(zkvm(&folder, "primes", &["run", "--json"]).json()["public_output"], "19");
    // An input that is no number: the guest panics, and the report names the line.
    let bad = outcome(&mut tool(&folder.path("primes"), ["run", "--input", "hex:ff"]));
    bad.assert_status(4);
    assert!(bad.stderr.contains("guest/src/main.rs:7"), "{}", bad.stderr);
    host(&folder);
}

/// Cargo of the machine builds the host, whose build script builds the guest.
#[track_caller]
fn host(folder: &Folder) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(folder.path("primes")).args(["run", "--quiet", "--", "1000", "prove"]);
    // The SDK is the same in every run of the test.
    cargo.env("CARGO_TARGET_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/template-std"));
    let output = cargo.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.starts_with("there are 168 primes below 1000"), "{stdout}{stderr}");
    assert!(stdout.contains("bits of security: there are 168"), "{stdout}{stderr}");
}
