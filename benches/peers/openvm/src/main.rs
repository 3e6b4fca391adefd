//! OpenVM's published prover and this repository's, on the same programs, on the machine at hand.
//!
//! Every proof is made and verified by a process of its own, one at a time, and its public output compared with what the
//! same source computes natively.
mod guests;
mod openvm;
mod report;
mod toolchain;
mod zkvm;

use std::env;
use std::fs::File;
use std::io::stdout;
use std::path::PathBuf;
use std::thread::available_parallelism;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use serde::{Deserialize, Serialize};

use crate::guests::Guest;
use crate::report::{Compared, Report};

/// Proves the same programs with OpenVM and with this repository's prover.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Options {
    #[command(subcommand)]
    child: Option<Child>,
    /// loop, sha256, sort; without any, all three.
    guests: Vec<String>,
    /// Where to write the figures as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// How often each proof is made; the fastest counts.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How much of the work: 0.1 to try things out, 4 for four times as much.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// jemalloc's settings for OpenVM's processes instead of this repository's, such as `dirty_decay_ms:10000` to spare memory.
    #[arg(long)]
    openvm_malloc: Option<String>,
    /// A built cargo-zkvm; by default it is built from this repository.
    #[arg(long)]
    cargo_zkvm: Option<PathBuf>,
}

#[derive(clap::Subcommand)]
enum Child {
    /// What is started for each of OpenVM's proofs.
    #[command(hide = true)]
    ProveOne { elf: PathBuf, work: u32 },
}

/// One proof, made and verified.
#[derive(Clone, Serialize, Deserialize)]
pub struct Proved {
    pub instructions: u64,
    pub segments: u64,
    /// Once per program: keys, commitments to the program.
    pub setup_seconds: f64,
    /// From program and input to proof: the execution that cuts the run into segments, the execution that traces, proving.
    pub prove_seconds: f64,
    /// Of the proof read back from its file.
    pub verify_seconds: f64,
    pub proof_bytes: u64,
    /// Most memory resident in the process until there was a proof.
    pub peak_memory_bytes: u64,
    /// Proven, of the weakest segment.
    pub security_bits: f64,
    /// In hex.
    pub public_output: String,
}

impl Proved {
    /// The better of two rounds: the one that others on the machine disturbed less.
    fn better(self, other: Self) -> Self {
        if other.prove_seconds < self.prove_seconds { other } else { self }
    }
}

fn main() -> Result<()> {
    let options = Options::parse();
    // `run` has gone to its own folder, for cargo's settings; paths are meant from where it was started.
    if let Some(folder) = env::var_os("PEER_STARTED_IN") {
        env::set_current_dir(folder)?;
    }
    if let Some(Child::ProveOne { elf, work }) = options.child {
        let proved = openvm::in_child(&elf, work)?;
        return Ok(serde_json::to_writer(stdout().lock(), &proved)?);
    }
    let guests = guests::select(&options.guests)?;
    let report = compare(&guests, &options)?;
    report::print(&report, &mut stdout().lock())?;
    let Some(path) = &options.json else { return Ok(()) };
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(serde_json::to_writer_pretty(file, &report)?)
}

fn compare(guests: &[Guest], options: &Options) -> Result<Report> {
    let tool = zkvm::Tool::new(options.cargo_zkvm.clone())?;
    let openvm_elfs = openvm::build(guests)?;
    let zkvm_elfs = guests.iter().map(|guest| tool.build(guest)).collect::<Result<Vec<_>>>()?;
    let mut compared = Vec::new();
    for (guest, (openvm_elf, zkvm_elf)) in guests.iter().zip(openvm_elfs.iter().zip(&zkvm_elfs)) {
        let work = (f64::from(guest.work) * options.scale).ceil() as u32;
        let expected = hex(&(guest.program)(work));
        let mut best: Option<(Proved, Proved)> = None;
        for round in 1..=options.rounds {
            eprintln!("{}, round {round}: OpenVM", guest.name);
            let malloc = options.openvm_malloc.as_deref();
            let theirs =
                openvm::prove(openvm_elf, work, malloc).with_context(|| format!("{} on OpenVM", guest.name))?;
            eprintln!("{}, round {round}: zkvm", guest.name);
            let ours = tool.prove(zkvm_elf, work).with_context(|| format!("{} on zkvm", guest.name))?;
            for (machine, proved) in [("OpenVM", &theirs), ("zkvm", &ours)] {
                let output = &proved.public_output;
                ensure!(*output == expected, "{} on {machine} gave {output} instead of {expected}", guest.name);
            }
            best = Some(match best {
                Some((their_best, our_best)) => (their_best.better(theirs), our_best.better(ours)),
                None => (theirs, ours),
            });
        }
        let (openvm, zkvm) = best.context("there is at least one round")?;
        compared.push(Compared::new(guest.name, work, openvm, zkvm));
    }
    Ok(Report { openvm_sdk: openvm::SDK_VERSION, processors: available_parallelism()?.get(), guests: compared })
}

/// What a guest reads: the amount of work.
fn input(work: u32) -> [u8; 4] {
    work.to_le_bytes()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
