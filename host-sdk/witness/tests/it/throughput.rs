//! Measurements: `cargo test --release -p zkvm-witness -- --ignored --nocapture throughput`.

use std::ops::ControlFlow;
use std::time::Instant;

use zkvm_trace::{Chunk, TraceReader};
use zkvm_witness::{CheckOptions, Compression, EmitOptions, check, emit_witness, replay_chunk};

use crate::guest;

#[test]
#[ignore = "a measurement"]
fn throughput() {
    let program = guest::long_loop(1 << 21);
    let file = guest::trace(&program, 1 << 20);
    let trace = TraceReader::new(&file).unwrap();
    let steps = trace.end().end.step;
    let rate = |what: &str, started: Instant| {
        println!("{what}: {:.1} M steps/s", steps as f64 / started.elapsed().as_secs_f64() / 1e6);
    };
    let started = Instant::now();
    let mut sum = 0;
    for chunk in trace.chunks() {
        replay_chunk(&program, chunk.into(), |_, record| sum ^= record.rd).unwrap();
    }
    rate("replay, one core", started);
    assert_ne!(sum, 1);
    let home = tempfile::tempdir().unwrap();
    let none = Compression::None;
    for (name, threads, compression) in [("1", 1, none), ("2", 2, none), ("2-zstd", 2, Compression::Zstd)] {
        let directory = home.path().join(name);
        let options =
            EmitOptions { threads: std::num::NonZeroUsize::new(threads), compression, ..EmitOptions::default() };
        let run = |on_chunk: &mut dyn FnMut(Chunk) -> ControlFlow<()>| {
            let _ = trace.chunks().iter().try_for_each(|chunk| on_chunk(chunk.to_chunk()));
            Ok::<_, std::convert::Infallible>(trace.end().clone())
        };
        let started = Instant::now();
        let mut replayed = None;
        let progress = &mut |progress| {
            if matches!(progress, zkvm_witness::Progress::Merged { .. }) {
                replayed.get_or_insert_with(|| started.elapsed());
            }
        };
        let summary = emit_witness(&program, &guest::input(), &directory, &options, run, progress).unwrap();
        rate(&format!("emit, {threads} workers, {compression:?}"), started);
        println!("  of it replay and step tables {:?} of {:?}", replayed.unwrap(), started.elapsed());
        println!("  {:.1} bytes per step", summary.bytes as f64 / steps as f64);
    }
    let started = Instant::now();
    check(&home.path().join("1"), &CheckOptions::default()).unwrap();
    rate("check", started);
}
