//! The command line: `cargo zkvm …`, or `cargo-zkvm …`. One file per command in `commands`; what they share lies beside
//! this file.

#[cfg(not(target_env = "msvc"))]
mod allocator;
mod atomic;
mod commands;
mod console;
mod execution;
mod exit;
mod forecast;
mod guest;
mod input;
mod interrupt;
mod memory;
mod numbers;
mod proof_file;
mod self_test;
mod speed;
mod terminal;
mod trap;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use commands::{build, check, clean, completions, doctor, inspect, key, new, prove, rom_setup, run, toolchain, verify};
use exit::Exit;
use terminal::Terminal;

/// Compiles Rust programs for riscv64ima-zk-zkvm-elf, runs them at near-native speed, proves the runs, and verifies proofs.
#[derive(Debug, Parser)]
#[command(name = "cargo-zkvm", bin_name = "cargo zkvm", version, propagate_version = true)]
#[command(after_long_help = HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print results, warnings and errors only
    #[arg(long, short, global = true)]
    quiet: bool,
}

const HELP: &str = "\
First steps:
  cargo zkvm toolchain install    once: everything a guest is built with
  cargo zkvm new hello            a guest and a host program
  cd hello && cargo zkvm run      builds, translates and runs the guest; `cargo run` does so from the host program
  cargo zkvm prove -o run.proof   and proves the run
  cargo zkvm verify run.proof --program .

Exit status:
  0    success
  1    error: the message says what, where, and what to do
  2    wrong usage
  3    the guest ended with an exit code other than 0
  4    the guest trapped (a panic, a wild access, an illegal instruction)
  5    the guest did not end within --max-steps
  6    the proof was refused: it is damaged, or not one of this program or input
  130  interrupted

Files are written whole or not at all. `--json` prints one object on standard output (docs/cli.md).";

#[derive(Debug, Subcommand)]
enum Command {
    New(new::Args),
    Toolchain(toolchain::Args),
    Doctor(doctor::Args),
    Build(build::Args),
    RomSetup(rom_setup::Args),
    Run(run::Args),
    Prove(prove::Args),
    Verify(verify::Args),
    Key(key::Args),
    Inspect(inspect::Args),
    Check(check::Args),
    Clean(clean::Args),
    Completions(completions::Args),
}

fn main() -> ExitCode {
    let Cli { command, quiet } = Cli::parse_from(arguments());
    let terminal = Terminal::new(quiet);
    let result = match command {
        Command::New(args) => new::new(&args, &terminal),
        Command::Toolchain(args) => toolchain::toolchain(&args, &terminal),
        Command::Doctor(args) => doctor::doctor(&args),
        Command::Build(args) => build::build(&args, &terminal),
        Command::RomSetup(args) => rom_setup::rom_setup(&args, &terminal),
        Command::Run(args) => run::run(&args, &terminal),
        Command::Prove(args) => prove::prove(&args, &terminal),
        Command::Verify(args) => verify::verify(&args, &terminal),
        Command::Key(args) => key::key(&args, &terminal),
        Command::Inspect(args) => inspect::inspect(&args),
        Command::Check(args) => check::check(&args, &terminal),
        Command::Clean(args) => clean::clean(&args, &terminal),
        Command::Completions(args) => completions::completions(&args),
    };
    result
        .unwrap_or_else(|error| {
            terminal.error(&format!("{error:#}"));
            Exit::Error
        })
        .into()
}

/// Cargo calls its subcommands with their own name as first argument.
fn arguments() -> Vec<std::ffi::OsString> {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == "zkvm") {
        arguments.remove(1);
    }
    arguments
}

/// Writes to standard output. A reader who has gone away is no error of ours.
fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(anyhow::Error::new(error).context("cannot write to standard output"))
        }
        _ => Ok(()),
    }
}

/// Prints `value` as one JSON object.
fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    print(&(serde_json::to_string_pretty(value)? + "\n"))
}
