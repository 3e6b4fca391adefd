//! `verify`, `key` and `inspect`: one proof, made once, and everything that is wrong with it.

use std::fs;
use std::sync::OnceLock;

use zkvm_sdk::{
    Input, Program, Proof, ProveOptions, Rom, VerifyingKey, digest_bytes, input_digest, prove, setup, verify,
};

use crate::support::{Folder, Outcome, echoes, exits};

const INPUT: &str = "hex:00010203";

/// What proofs are tested with.
struct Proved {
    proof: Vec<u8>,
    key: Vec<u8>,
    report: serde_json::Value,
}

/// A proof of `echoes` on [`INPUT`], made by the tool.
fn proved() -> &'static Proved {
    static PROVED: OnceLock<Proved> = OnceLock::new();
    PROVED.get_or_init(|| {
        let folder = Folder::new();
        folder.write("guest.elf", echoes());
        let made = folder.zkvm(&["prove", "guest.elf", "--input", INPUT, "-o", "run.proof", "--json"]);
        let report = made.assert_status(0).json();
        folder.zkvm(&["key", "guest.elf", "-o", "guest.key"]).assert_status(0);
        assert_eq!(folder.names(), ["guest.elf", "guest.key", "run.proof"], "nothing else is left");
        let [proof, key] = ["run.proof", "guest.key"].map(|name| fs::read(folder.path(name)).unwrap());
        Proved { proof, key, report }
    })
}

/// A folder with the guest, its key, and `proof`.
fn folder_with(proof: &[u8]) -> Folder {
    let folder = Folder::new();
    folder.write("guest.elf", echoes());
    folder.write("guest.key", &proved().key);
    folder.write("run.proof", proof);
    folder
}

fn verified(folder: &Folder, more: &[&str]) -> Outcome {
    folder.zkvm(&[&["verify", "run.proof"], more].concat())
}

#[test]
fn a_proof_verifies_with_the_program_and_with_its_key() {
    let folder = folder_with(&proved().proof);
    for with in [["--program", "guest.elf"], ["--key", "guest.key"]] {
        let report = verified(&folder, &[&with[..], &["--json", "--output", "out"]].concat()).assert_status(0).json();
        assert_eq!((&report["ok"], &report["exit_code"]), (&true.into(), &0.into()));
        assert_eq!(report["public_output"], "00010203");
        assert_eq!(fs::read(folder.path("out")).unwrap(), [0, 1, 2, 3]);
        assert!(report["security_bits"].as_f64().unwrap() >= 128.0, "{report}");
        for field in ["key", "input", "segments", "security_bits"] {
            assert_eq!(report[field], proved().report[field], "{field}");
        }
        assert_eq!(report["input_checked"], false);
    }
    let people = verified(&folder, &["--program", "guest.elf"]);
    for part in ["exit code", "00010203", "bits, proven"] {
        assert!(people.assert_status(0).stderr.contains(part), "{}", people.stderr);
    }
}

#[test]
fn the_report_of_prove_fits_its_forecast() {
    let report = &proved().report;
    assert_eq!(report["steps"], report["forecast"]["steps"]);
    assert_eq!(report["segments"], report["forecast"]["segments"]);
    // What the forecast may overrate are hashes.
    let [cells, forecast] = [&report["cells"], &report["forecast"]["cells"]].map(|cells| cells.as_u64().unwrap());
    assert!(cells <= forecast && forecast <= 2 * cells, "{cells} {forecast}");
}

#[test]
fn the_input_is_compared_if_it_is_given() {
    let folder = folder_with(&proved().proof);
    let with = |more: &[&str]| verified(&folder, &[&["--program", "guest.elf"], more].concat());
    let same = with(&["--input", INPUT, "--json"]);
    assert_eq!(same.assert_status(0).json()["input_checked"], true);
    for other in [&["--input", "hex:00010204"][..], &["--input", "hex:"], &["--input", INPUT, "--arg", "x"]] {
        with(other).assert_refused(6, &["run.proof is refused", "another input"]);
    }
    with(&["--input", INPUT, "--name", "other"]).assert_refused(6, &["another input"]);
    verified(&folder, &["--key", "guest.key", "--input", INPUT]).assert_status(0);
}

#[test]
fn a_proof_of_another_program_is_refused() {
    let folder = folder_with(&proved().proof);
    folder.write("other.elf", exits(0));
    folder.zkvm(&["key", "other.elf", "-o", "other.key"]).assert_status(0);
    for with in [["--program", "other.elf"], ["--key", "other.key"]] {
        verified(&folder, &with).assert_refused(6, &["run.proof is refused", "another program"]);
    }
    let report = verified(&folder, &["--key", "other.key", "--json"]).assert_status(6).json();
    assert_eq!(report["ok"], false);
    assert!(report["error"].as_str().unwrap().contains("another program"), "{report}");
}

#[test]
fn damaged_cut_off_and_padded_proofs_are_refused() {
    let good = &proved().proof;
    let flipped = |at: usize| {
        let mut proof = good.clone();
        proof[at] ^= 1;
        proof
    };
    let middle = good.len() / 2;
    let cases: [(&[u8], &str); 8] = [
        (&[], "not a proof file"),
        (b"#!/bin/sh\n", "not a proof file"),
        (&proved().key, "not a proof file"),
        (&good[..20], "cut off"),
        (&good[..good.len() - 1], "cut off"),
        (&[good, &[0][..]].concat(), "checksum"),
        (&flipped(middle), "damaged"),
        (&flipped(8), "version"),
    ];
    for (proof, says) in cases {
        verified(&folder_with(proof), &["--key", "guest.key"]).assert_refused(6, &["run.proof is refused", says]);
    }
}

#[test]
fn a_proof_that_claims_something_else_is_refused() {
    type Lie = fn(&mut Proof);
    let claims: [(&str, Lie); 6] = [
        ("exit code", |proof| proof.exit_code = 1),
        ("output", |proof| proof.output[0] ^= 1),
        ("no segments", |proof| proof.segments.clear()),
        ("segment 1", |proof| proof.segments.push(proof.segments[0].clone())),
        ("segment 0", |proof| proof.input[0] += proof.input[1]),
        ("segment 0", |proof| proof.segments[0].chips.swap(0, 1)),
    ];
    for (says, lie) in claims {
        let mut proof = Proof::decode(&proved().proof).unwrap();
        lie(&mut proof);
        let folder = folder_with(&proof.encode());
        verified(&folder, &["--key", "guest.key"]).assert_refused(6, &["run.proof is refused", says]);
    }
}

#[test]
fn what_cannot_be_verified_at_all_is_an_error() {
    let folder = folder_with(&proved().proof);
    folder.write("bad.key", &proved().key[..40]);
    verified(&folder, &["--key", "bad.key"]).assert_error(&["bad.key", "malformed"]);
    verified(&folder, &["--key", "run.proof"]).assert_error(&["run.proof", "not a verifying key"]);
    verified(&folder, &["--key", "missing"]).assert_error(&["cannot read missing"]);
    folder.zkvm(&["verify", "missing", "--key", "guest.key"]).assert_error(&["cannot read missing"]);
    folder.zkvm(&["verify", "cache", "--key", "guest.key"]).assert_status(1);
    verified(&folder, &[]).assert_status(2);
    verified(&folder, &["--key", "guest.key", "--program", "guest.elf"]).assert_status(2);
}

#[test]
fn a_key_is_the_same_wherever_it_is_made() {
    let folder = folder_with(&proved().proof);
    let key = |arguments: &[&str]| folder.zkvm(&[&["key", "guest.elf"], arguments].concat());
    let printed = String::from_utf8(key(&["-o", "again.key"]).assert_status(0).stdout.clone()).unwrap();
    assert_eq!(fs::read(folder.path("again.key")).unwrap(), proved().key);
    assert_eq!(printed.trim().len(), 64);
    assert_eq!(key(&["--json"]).json()["key"], printed.trim());
    assert_eq!(proved().report["key"], printed.trim());
    // Another name, the same program.
    folder.write("renamed", echoes());
    assert_eq!(folder.zkvm(&["key", "renamed"]).stdout, printed.as_bytes());
    folder.write("other.elf", exits(0));
    assert_ne!(folder.zkvm(&["key", "other.elf"]).stdout, printed.as_bytes());
}

#[test]
fn inspect_tells_what_a_file_is() {
    let folder = folder_with(&proved().proof);
    folder.zkvm(&["run", "guest.elf", "--trace", "t"]).assert_status(0);
    folder.zkvm(&["rom-setup", "guest.elf", "-o", "guest.rom"]).assert_status(0);
    folder.zkvm(&["prove", "guest.elf", "--emit-witness", "w"]).assert_status(0);
    let inspect = |name: &str| folder.zkvm(&["inspect", name, "--json"]).assert_status(0).json();
    let cases = [
        ("run.proof", "proof"),
        ("guest.key", "verifying key"),
        ("guest.rom", "Rom"),
        ("t", "minimal trace"),
        ("guest.elf", "ELF file"),
        ("w", "witness"),
    ];
    for (name, kind) in cases {
        assert_eq!(inspect(name)["kind"], kind);
        assert!(String::from_utf8_lossy(&folder.zkvm(&["inspect", name]).stdout).contains(kind));
    }
    let proof = inspect("run.proof");
    assert_eq!((&proof["key"], &proof["input"]), (&proved().report["key"], &proved().report["input"]));
    assert_eq!(proof["segment_count"], 1);
    assert!(proof["segments"][0]["rows"]["core"].as_u64().unwrap() >= 64, "{proof}");
    assert_eq!(proof["segments"][0]["cells"], proved().report["cells"]);
    for name in ["guest.rom", "t", "guest.elf"] {
        assert_eq!(inspect(name)["program"], proved().report["program"], "{name}");
    }
    folder.write("text", "some text");
    folder.zkvm(&["inspect", "text"]).assert_error(&["text", "neither a proof"]);
    folder.write("cut", &proved().proof[..100]);
    folder.zkvm(&["inspect", "cut"]).assert_error(&["cut is a damaged proof"]);
    folder.zkvm(&["inspect", "missing"]).assert_error(&["cannot read missing"]);
}

#[test]
fn the_sdk_verifies_what_the_tool_has_proved_and_the_reverse() {
    let key = VerifyingKey::decode(&proved().key).unwrap();
    let input = Input::with([0, 1, 2, 3], vec!["guest".to_owned()], Vec::new(), None).unwrap();
    let public = verify(&key, &Proof::decode(&proved().proof).unwrap()).unwrap();
    assert_eq!(
        (public.exit_code, public.output.as_slice(), public.input),
        (0, &[0, 1, 2, 3][..], input_digest(&input))
    );
    let hex: String = digest_bytes(&public.input).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(proved().report["input"], hex);

    let program = Program::from_elf(&echoes()).unwrap();
    let rom = Rom::translate(&program, &Default::default());
    let setup = setup(&program).unwrap();
    assert_eq!(setup.key, key);
    let made = prove(&program, &rom, setup, &input, &mut ProveOptions::default()).unwrap();
    let folder = folder_with(&made.proof.encode());
    verified(&folder, &["--program", "guest.elf", "--input", INPUT]).assert_status(0);
}
