//! Loads an ELF and says what is in it: `cargo run -p zkvm-sdk --example load -- guest.elf`.
#![allow(clippy::print_stdout)]

use std::error::Error;

use zkvm_sdk::{Program, Symbols};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("give the path of an ELF file")?;
    let program = Program::from_elf(&std::fs::read(path)?)?;
    println!("program {}", program.id());
    println!("{} bytes of text, {} functions", program.text_bytes(), program.functions().len());
    for segment in program.segments() {
        println!("segment {:#x}..{:#x} {:?}", segment.region.start, segment.region.end, segment.access);
    }
    for frame in Symbols::new(&program).locate(program.entry()) {
        println!("it starts in {} ({:?})", frame.function, frame.file);
    }
    Ok(())
}
