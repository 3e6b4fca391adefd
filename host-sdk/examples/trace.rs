//! Runs an ELF with a trace and writes it to a file: `cargo run -p zkvm-sdk --example trace -- guest.elf guest.trace`.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::ops::ControlFlow;

use zkvm_sdk::{Input, Program, RomCache, RunOptions, TraceWriter, execute_traced, log_buffers, trace_end};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(elf), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("give the path of an ELF file and that of the trace to write".into());
    };
    let program = Program::from_elf(&std::fs::read(elf)?)?;
    let rom = RomCache::open_default()?.rom_for(&program);
    let mut writer = TraceWriter::new(BufWriter::new(File::create(file)?), program.id())?;
    let mut failed = None;

    let mut print = |_, text: &[u8]| eprint!("{}", String::from_utf8_lossy(text));
    let mut progress = |steps| eprint!("\r{steps} steps");
    let mut options = RunOptions::new(&mut print);
    options.progress = &mut progress;
    // A chunk is done with when `on_chunk` returns, so one buffer is enough.
    options.log_buffers = Some(log_buffers(1, options.chunk_steps));
    let run =
        execute_traced(&program, &rom, &Input::default(), &mut options, &mut |chunk| match writer.chunk(&chunk) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        });
    // Why the callback has stopped the run says more than that it was stopped.
    if let Some(error) = failed {
        return Err(error.into());
    }
    let run = run?.run;
    writer.finish(&trace_end(&run))?;
    println!("{:?}: {} steps, {} bytes of read log", run.outcome, run.steps(), run.log_bytes);
    Ok(())
}
