//! `cargo zkvm completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::exit::Exit;
use crate::{Cli, print};

const EXAMPLES: &str = "\
Examples:
  cargo-zkvm completions bash > ~/.local/share/bash-completion/completions/cargo-zkvm
  cargo-zkvm completions zsh > ~/.zfunc/_cargo-zkvm
  cargo-zkvm completions fish > ~/.config/fish/completions/cargo-zkvm.fish

They complete `cargo-zkvm …`, the name under which the tool can be called without cargo.";

/// Print a shell's completion script
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub fn completions(args: &Args) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    let mut command = Cli::command().bin_name("cargo-zkvm");
    clap_complete::generate(args.shell, &mut command, "cargo-zkvm", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Success)
}
