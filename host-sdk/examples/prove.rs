//! Proves a run and verifies the proof: `cargo run --release -p zkvm-sdk --example prove -- guest.elf [INPUT]`. It writes
//! `guest.proof` and `guest.key` beside the ELF, which `cargo zkvm verify guest.proof --key guest.key` accepts too.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use zkvm_sdk::prover::Progress;
use zkvm_sdk::{Input, Program, Proof, ProveOptions, RomCache, VerifyingKey, input_digest, prove, setup, verify};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let path = arguments.next().ok_or("give the path of an ELF file")?;
    let input = Input::new(arguments.next().map(fs::read).transpose()?.unwrap_or_default())?;
    let program = Program::from_elf(&fs::read(&path)?)?;
    let rom = RomCache::open_default()?.rom_for(&program);

    let setup = setup(&program)?;
    let key = setup.key.clone();
    let mut report = |progress: Progress| println!("{} segments, {} steps", progress.segments, progress.steps);
    let mut options = ProveOptions { progress: Some(&mut report), ..ProveOptions::default() };
    let started = Instant::now();
    let proved = prove(&program, &rom, setup, &input, &mut options)?;
    println!("{} steps proved in {:?}", proved.steps, started.elapsed());
    fs::write(path.with_extension("proof"), proved.proof.encode())?;
    fs::write(path.with_extension("key"), key.encode())?;

    // What anyone does who has the two files.
    let key = VerifyingKey::decode(&fs::read(path.with_extension("key"))?)?;
    let proof = Proof::decode(&fs::read(path.with_extension("proof"))?)?;
    let started = Instant::now();
    let public = verify(&key, &proof)?;
    println!("verified in {:?}: exit code {}, {:.1} bits", started.elapsed(), public.exit_code, public.security_bits);
    println!("public output: {:02x?}", public.output);
    println!("the input is the one given: {}", public.input == input_digest(&input));
    Ok(())
}
