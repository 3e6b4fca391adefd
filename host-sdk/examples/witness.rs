//! Writes the witness of a run while the guest runs, and checks it:
//! `cargo run -p zkvm-sdk --example witness -- guest.elf folder`.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::path::Path;

use zkvm_sdk::witness::{CheckOptions, Class, Progress, Table, batches};
use zkvm_sdk::{
    EmitOptions, Input, Program, RomCache, RunError, RunOptions, check, emit_witness, execute_traced, log_buffers,
    trace_end,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(elf), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("give the path of an ELF file and that of the folder to write".into());
    };
    let folder = Path::new(&folder);
    let program = Program::from_elf(&std::fs::read(elf)?)?;
    let rom = RomCache::open_default()?.rom_for(&program);
    let input = Input::default();

    let mut print = |_, text: &[u8]| eprint!("{}", String::from_utf8_lossy(text));
    let mut options = RunOptions::new(&mut print);
    let threads = std::thread::available_parallelism()?.get();
    options.log_buffers = Some(log_buffers(threads + 4, options.chunk_steps));
    let summary = emit_witness(
        &program,
        &input,
        folder,
        &EmitOptions::default(),
        |on_chunk| {
            let run = execute_traced(&program, &rom, &input, &mut options, on_chunk)?.run;
            Ok::<_, RunError>(trace_end(&run))
        },
        &mut |progress| {
            if let Progress::Replayed { steps, bytes } = progress {
                eprint!("\r{steps} steps, {bytes} bytes");
            }
        },
    )?;
    for (table, rows, bytes) in &summary.tables {
        println!("{:16} {rows:12} rows {bytes:12} bytes", table.name());
    }

    for batch in batches(folder, Table::Steps(Class::Load))? {
        println!("a batch of {} loads", batch?.num_rows());
    }

    let report = check(folder, &CheckOptions::default())?;
    println!("checked: {:?}, {} steps", report.outcome, report.steps);
    Ok(())
}
