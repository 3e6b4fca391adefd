//! How projects are built.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use zkvm_guest_build::{BuildError, BuildOptions, ProjectError, Status, build, doctor};

use crate::support::{guests, run_elf, try_build};

/// A project of one package, `guest`, that depends on a package outside of its folder.
fn project(manifest_end: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    let manifest = "[package]\nname = \"guest\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    let dependency = "[dependencies]\nshared = { path = \"../shared\" }\n";
    write("guest/Cargo.toml", &format!("{manifest}{dependency}{manifest_end}"));
    write("guest/src/main.rs", "fn main() { println!(\"{:?}\", shared::numbers()); }\n");
    write("shared/Cargo.toml", "[package]\nname = \"shared\"\nversion = \"0.2.0\"\nedition = \"2024\"\n");
    let shared =
        "pub fn numbers() -> Box<dyn std::fmt::Debug> { assert!(std::env::args().len() < 9); Box::new([1, 2]) }\n";
    write("shared/src/lib.rs", shared);
    folder
}

fn build_project(project: &TempDir) -> Result<Vec<u8>, BuildError> {
    let elf = try_build(&project.path().join("guest"), "guest", project.path().file_name().unwrap().to_str().unwrap())?;
    Ok(fs::read(elf.path).unwrap())
}

#[test]
fn the_same_source_elsewhere_is_the_same_elf() {
    let elf = build_project(&project("")).unwrap();
    assert!(build_project(&project("")).unwrap() == elf);
}

#[test]
fn no_place_of_this_machine_is_in_the_elf() {
    let project = project("");
    let elf = build_project(&project).unwrap();
    let home = std::env::home_dir().unwrap();
    for place in [project.path(), &home, Path::new(env!("CARGO_TARGET_TMPDIR"))] {
        let place = place.to_str().unwrap().as_bytes();
        assert!(!elf.windows(place.len()).any(|window| window == place), "{place:?}");
    }
}

#[test]
fn every_allocator_builds_and_runs() {
    for allocator in ["dlmalloc", "bump", "none"] {
        let project = project(&format!("[package.metadata.zkvm]\nallocator = \"{allocator}\"\n"));
        let elf = try_build(&project.path().join("guest"), "guest", &format!("allocator-{allocator}")).unwrap();
        assert_eq!(run_elf(&elf.path, "", &[], &[]).exited_with(0).stdout, "[1, 2]\n");
    }
}

#[track_caller]
fn check_refused(manifest_end: &str, want: fn(&ProjectError) -> bool) {
    match build_project(&project(manifest_end)) {
        Err(BuildError::Project(error)) => assert!(want(&error), "{error}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_misspelt_setting_is_refused() {
    check_refused("[package.metadata.zkvm]\nallocator = \"malloc\"\n", |e| matches!(e, ProjectError::Allocator { .. }));
    check_refused("[package.metadata.zkvm]\nheap = 5\n", |e| matches!(e, ProjectError::UnknownKey { .. }));
}

#[test]
fn the_doctor_finds_nothing_wrong_where_guests_build() {
    build_project(&project("")).unwrap();
    let bad: Vec<_> = doctor().into_iter().filter(|check| check.status == Status::Bad).collect();
    assert!(bad.is_empty(), "{bad:?}");
}

#[test]
fn a_workspace_without_marked_guests_is_refused() {
    let project = project("");
    fs::write(project.path().join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"guest\"]\n").unwrap();
    let error = build(&BuildOptions::new(project.path()), &mut |_| ()).unwrap_err();
    assert!(matches!(error, BuildError::Project(ProjectError::NoGuest { .. })), "{error}");
}

#[test]
fn a_package_that_is_not_there_is_refused() {
    let error = try_build(&guests(), "absent", "guests").unwrap_err();
    assert!(matches!(error, BuildError::Project(ProjectError::NoPackage { .. })), "{error}");
}
