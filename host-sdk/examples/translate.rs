//! Translates an ELF, twice: the second time it comes from the cache. `cargo run -p zkvm-sdk --example translate -- guest.elf`.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::time::Instant;

use zkvm_sdk::translator::TranslateOptions;
use zkvm_sdk::{Program, RomCache};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("give the path of an ELF file")?;
    let program = Program::from_elf(&std::fs::read(path)?)?;
    let cache = RomCache::open(std::env::temp_dir().join("zkvm-sdk-example"))?;
    for _ in 0..2 {
        let started = Instant::now();
        let (rom, origin) = cache.rom_with(&program, &TranslateOptions::default());
        println!("{origin:?}: {} bytes of native code in {:?}", rom.code_bytes(), started.elapsed());
    }
    Ok(())
}
