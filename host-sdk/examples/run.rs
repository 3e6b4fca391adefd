//! Runs an ELF without a trace; standard input is its input. `cargo run -p zkvm-sdk --example run -- guest.elf < input`.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::{Read, Write};
use std::sync::atomic::AtomicBool;

use zkvm_sdk::{Input, Program, RomCache, RunOptions, execute};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("give the path of an ELF file")?;
    let program = Program::from_elf(&std::fs::read(path)?)?;
    let rom = RomCache::open_default()?.rom_for(&program);
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    let input = Input::new(bytes)?;

    // Another thread may set it: the run then ends with `RunError::Cancelled`.
    let cancel = AtomicBool::new(false);
    let mut print = |_, text: &[u8]| {
        // A closed standard output is no reason to stop.
        let _ = std::io::stdout().write_all(text);
    };
    let mut options = RunOptions::new(&mut print);
    options.cancel = Some(&cancel);
    options.max_steps = Some(10_000_000_000);
    let execution = execute(&program, &rom, &input, &mut options)?;

    if let Some(reason) = execution.fallback {
        println!("interpreted: {reason}");
    }
    let run = execution.run;
    println!("{:?} after {} steps in {:?}", run.outcome, run.steps(), run.duration);
    println!("public output: {:02x?}", run.public_output);
    Ok(())
}
