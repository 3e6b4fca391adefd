//! Builds the guest project at a path and prints where its ELFs are: `cargo run -p zkvm-guest-build --example
//! build_guest -- PATH`.

use std::io::Write;

use zkvm_guest_build::{BuildOptions, build};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).unwrap_or_else(|| ".".into());
    for elf in build(&BuildOptions::new(path), &mut |step| eprintln!("{step}"))? {
        writeln!(std::io::stdout(), "{}", elf.path.display())?;
    }
    Ok(())
}
