//! `doctor`, `completions`, help.

use crate::support::Folder;

#[test]
fn doctor_lists_its_checks() {
    let folder = Folder::new();
    let outcome = folder.zkvm(&["doctor", "--json"]);
    let report = outcome.json();
    assert_eq!(report["ok"] == true, outcome.status == 0);
    let names: Vec<_> = report["checks"].as_array().unwrap().iter().map(|check| check["name"].clone()).collect();
    for name in ["native engine", "huge pages", "memory", "cache"] {
        assert!(names.contains(&name.into()), "{name}: {names:?}");
    }
}

#[test]
fn completions_are_printed_for_every_shell() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let outcome = folder.zkvm(&["completions", shell]);
        let script = String::from_utf8(outcome.assert_status(0).stdout.clone()).unwrap();
        assert!(script.contains("rom-setup"), "{shell}");
    }
}

#[test]
fn every_command_has_help_with_examples_or_an_explanation() {
    let folder = Folder::new();
    let commands = [
        "new",
        "toolchain",
        "doctor",
        "build",
        "rom-setup",
        "run",
        "prove",
        "verify",
        "key",
        "inspect",
        "check",
        "clean",
        "completions",
    ];
    for command in commands {
        let outcome = folder.zkvm(&[command, "--help"]);
        let help = String::from_utf8(outcome.assert_status(0).stdout.clone()).unwrap();
        assert!(help.contains(&format!("Usage: cargo zkvm {command}")), "{help}");
        assert!(help.lines().count() > 8, "{help}");
    }
}

#[test]
fn clean_removes_only_what_is_ours() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path("cache/roms")).unwrap();
    std::fs::create_dir_all(folder.path("cache/std-1.0-0")).unwrap();
    std::fs::create_dir_all(folder.path("cache/precious")).unwrap();
    folder.zkvm(&["clean", "--dry-run", "--all"]).assert_status(0);
    assert!(folder.path("cache/roms").exists());
    folder.zkvm(&["clean"]).assert_status(0);
    assert!(!folder.path("cache/roms").exists() && folder.path("cache/std-1.0-0").exists());
    folder.zkvm(&["clean", "--all"]).assert_status(0);
    assert!(!folder.path("cache/std-1.0-0").exists() && folder.path("cache/precious").exists());
}
