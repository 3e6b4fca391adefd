use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use zkvm_trace::{Chunk, MemoryReadLog, TraceReader};
use zkvm_witness::{EmitError, EmitOptions, Existing, InconsistentRead, ReplayError, WitnessError, emit_witness};

use crate::guest;

/// Emits from the chunks of a trace in chunks of 20 after `tamper` has changed them.
fn emit_tampered(directory: &Path, tamper: impl Fn(&mut Chunk)) -> WitnessError {
    let program = guest::all_classes();
    let file = guest::trace(&program, 20);
    let trace = TraceReader::new(&file).unwrap();
    let options = EmitOptions::default();
    let run = |on_chunk: &mut dyn FnMut(Chunk) -> ControlFlow<()>| {
        for chunk in trace.chunks() {
            let mut chunk = chunk.to_chunk();
            tamper(&mut chunk);
            if on_chunk(chunk).is_break() {
                break;
            }
        }
        Ok::<_, std::convert::Infallible>(trace.end().clone())
    };
    match emit_witness(&program, &guest::input(), directory, &options, run, &mut |_| ()) {
        Err(EmitError::Witness(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_nothing_left(home: &Path) {
    assert_eq!(std::fs::read_dir(home).unwrap().count(), 0);
}

#[test]
fn a_forged_load_to_x0_is_found_by_memory() {
    let home = tempfile::tempdir().unwrap();
    // The fourth load of the program is `ld x0, 8(x8)`: registers never show it. It is step 25, in chunk 1, whose log
    // starts with a load of 8 bytes, one of 1 and one of 2.
    let error = emit_tampered(&home.path().join("witness"), |chunk| {
        if chunk.index == 1 {
            let mut log = chunk.log.bytes().to_vec();
            log[11] ^= 0x80;
            chunk.log = MemoryReadLog::from_bytes(log);
        }
    });
    assert!(matches!(error, WitnessError::Memory(InconsistentRead { step: 25, address: 0x2_0008, .. })), "{error}");
    assert_nothing_left(home.path());
}

#[test]
fn a_chunk_that_does_not_replay_is_named() {
    let home = tempfile::tempdir().unwrap();
    let error = emit_tampered(&home.path().join("witness"), |chunk| {
        if chunk.index == 3 {
            chunk.start.state.pc = 0;
        }
    });
    assert!(matches!(error, WitnessError::Replay(ReplayError::Trap { chunk: 3, step: 60, pc: 0, .. })), "{error}");
    assert_nothing_left(home.path());
}

#[test]
fn a_missing_chunk_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let error = emit_tampered(&home.path().join("witness"), |chunk| chunk.index += chunk.index / 2);
    assert!(matches!(error, WitnessError::ChunkOrder { expected: 2, actual: 3 }), "{error}");
    assert_nothing_left(home.path());
}

#[test]
fn chunks_that_are_not_there_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let options = EmitOptions { chunks: Some(1..1000), ..EmitOptions::default() };
    let failed = guest::emit(&guest::all_classes(), 20, &home.path().join("witness"), &options);
    assert!(matches!(failed, Err(EmitError::Witness(WitnessError::NoSuchChunks { start: 1, end: 1000, .. }))));
    assert_nothing_left(home.path());
}

#[test]
fn a_witness_is_replaced_only_when_asked() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("witness");
    let options = EmitOptions::default();
    guest::emit(&guest::trapping(), 20, &directory, &options).unwrap();
    let manifest = || std::fs::read(directory.join("manifest.toml")).unwrap();
    let before = manifest();
    let again = guest::emit(&guest::all_classes(), 20, &directory, &options);
    assert!(matches!(again, Err(EmitError::Witness(WitnessError::Exists { .. }))));
    assert_eq!(manifest(), before);
    let replace = EmitOptions { existing: Existing::Replace, ..EmitOptions::default() };
    guest::emit(&guest::all_classes(), 20, &directory, &replace).unwrap();
    assert_ne!(manifest(), before);
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
    // With anything beside it, the directory is not only a witness.
    std::fs::write(directory.join("notes.txt"), "mine").unwrap();
    let other = guest::emit(&guest::all_classes(), 20, &directory, &replace);
    assert!(matches!(other, Err(EmitError::Witness(WitnessError::NotAWitness { .. }))));
}

#[test]
fn a_full_disk_is_seen_before_the_start() {
    let home = tempfile::tempdir().unwrap();
    let options = EmitOptions { expected_bytes: Some(1 << 60), ..EmitOptions::default() };
    let failed = guest::emit(&guest::trapping(), 20, &home.path().join("witness"), &options);
    assert!(matches!(failed, Err(EmitError::Witness(WitnessError::DiskTooSmall { needed, .. })) if needed == 1 << 60));
    assert_nothing_left(home.path());
}

#[test]
fn a_cancelled_emission_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let cancel = AtomicBool::new(true);
    let options = EmitOptions { cancel: Some(&cancel), ..EmitOptions::default() };
    let failed = guest::emit(&guest::all_classes(), 20, &home.path().join("witness"), &options);
    assert!(matches!(failed, Err(EmitError::Witness(WitnessError::Cancelled))));
    assert_nothing_left(home.path());
}

#[test]
fn the_error_of_the_run_is_passed_on() {
    let home = tempfile::tempdir().unwrap();
    let program = guest::all_classes();
    let run = |_: &mut dyn FnMut(Chunk) -> ControlFlow<()>| Err(std::fmt::Error);
    let options = EmitOptions::default();
    let failed = emit_witness(&program, &guest::input(), &home.path().join("w"), &options, run, &mut |_| ());
    assert!(matches!(failed, Err(EmitError::Run(std::fmt::Error))));
    assert_nothing_left(home.path());
}
