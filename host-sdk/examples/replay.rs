//! Replays a trace that `trace` has written, all chunks at once, and counts the loads of each:
//! `cargo run -p zkvm-sdk --example replay -- guest.elf guest.trace`.
#![allow(clippy::print_stdout)]

use std::error::Error;

use rayon::prelude::*;
use zkvm_sdk::{Program, TraceReader, replay_chunk, replay_trace};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(elf), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("give the path of an ELF file and that of its trace".into());
    };
    let program = Program::from_elf(&std::fs::read(elf)?)?;
    let file = std::fs::read(file)?;
    let trace = TraceReader::new(&file)?;

    // Each chunk alone: without the guest's memory, in any order, on any machine that has the program.
    let loads = trace
        .chunks()
        .par_iter()
        .map(|chunk| {
            let mut loads = 0;
            let end = replay_chunk(&program, chunk.into(), |_, record| {
                loads += u64::from(record.access.is_some_and(|access| access.read.is_some()));
            })?;
            Ok((chunk.index, end.step, loads))
        })
        .collect::<Result<Vec<_>, zkvm_sdk::witness::ReplayError>>()?;
    for (index, step, loads) in loads {
        println!("chunk {index}: {loads} loads up to step {step}");
    }

    // And that they fit together, from the program's entry to the end the trace claims.
    replay_trace(&program, &trace)?;
    println!("the trace is one run of this program: {:?}", trace.end().outcome);
    Ok(())
}
