//! `cargo zkvm toolchain`.

use clap::Subcommand;
use zkvm_sdk::guest_build;

use crate::exit::Exit;
use crate::guest::announce;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Guests need a Rust compiler of release 1.95 or later with the source of its standard library, its cargo, and an LLD. \
`install` uses, in this order: what is there; `rustup component add rust-src`; the distribution's packages (apt-get, as \
root or by a sudo that asks for no password). It then builds `std` for the guest target, so that the first guest builds in \
seconds. Settings: ZKVM_RUSTC, ZKVM_CARGO, ZKVM_RUST_SRC, ZKVM_LINKER, ZKVM_CC, ZKVM_CACHE_DIR.";

/// Find or install what guests are built with
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Install what is missing, and build `std` for the guest target
    Install,
}

pub fn toolchain(args: &Args, terminal: &Terminal) -> anyhow::Result<Exit> {
    let Command::Install = args.command;
    let mut progress = |progress| announce(terminal, &progress);
    let toolchain = guest_build::install(&mut progress)?;
    terminal.status("Found", &format!("rustc {} ({})", toolchain.release, toolchain.rustc.display()));
    guest_build::sysroot(&toolchain, &mut progress)?;
    terminal.status("Ready", "guests can be built: `cargo zkvm new NAME` makes one");
    Ok(Exit::Success)
}
