//! What `run` and `prove` share: options of the execution, and the translated program.

use zkvm_sdk::translator::{Mode, TranslateOptions};
use zkvm_sdk::{Program, Rom, RomCache, RomOrigin};

use crate::terminal::Terminal;

/// Options of the commands that run a guest.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Execution")]
pub struct ExecutionArgs {
    /// Stop with exit status 5 if the guest has not ended after so many steps (executed instructions)
    #[arg(long, value_name = "STEPS")]
    pub max_steps: Option<u64>,
    /// Steps per chunk of the trace; results do not depend on it
    #[arg(long, value_name = "STEPS", default_value_t = 1 << 20, value_parser = clap::value_parser!(u64).range(1..=1 << 26))]
    pub chunk_steps: u64,
    /// Interpret instead of running native code: the same result on any host, some hundred times slower
    #[arg(long)]
    pub interpreter: bool,
}

/// The translated program, from the user's cache or made now; a cache that cannot be used only costs time.
pub fn translate(program: &Program, mode: Mode, terminal: &Terminal) -> (Rom, RomOrigin) {
    let options = TranslateOptions { mode, ..TranslateOptions::default() };
    match RomCache::open_default() {
        Ok(cache) => cache.rom_with(program, &options),
        Err(error) => {
            terminal.warning(&format!("{:#}; translating without a cache", anyhow::Error::new(error)));
            (Rom::translate(program, &options), RomOrigin::Translated)
        }
    }
}

/// Most memory this process has used, in bytes, where the system tells.
pub fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
