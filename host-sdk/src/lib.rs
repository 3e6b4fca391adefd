//! Runs programs compiled for `riscv64ima-zk-zkvm-elf`: translated to native code, with a minimal trace from which every
//! part of the run can be replayed alone. One crate to depend on; everything in it is synchronous.
//!
//! ```no_run
//! use zkvm_sdk::{Input, Program, RomCache, RunOptions, execute};
//!
//! let program = Program::from_elf(&std::fs::read("guest.elf")?)?;
//! let rom = RomCache::open_default()?.rom_for(&program);
//! let input = Input::new(*b"what the guest reads")?;
//! let mut console = |_, text: &[u8]| eprint!("{}", String::from_utf8_lossy(text));
//! let run = execute(&program, &rom, &input, &mut RunOptions::new(&mut console))?.run;
//! println!("{:?} after {} steps: {:02x?}", run.outcome, run.steps(), run.public_output);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The steps, each with an example in `examples/`:
//!
//! | step | function | example |
//! |---|---|---|
//! | load an ELF | [`Program::from_elf`] | `load` |
//! | translate it, once | [`RomCache::rom_for`], [`Rom::translate`] | `translate` |
//! | run it | [`execute`]; with a choice of the engine [`run`] | `run` |
//! | run it with a trace | [`execute_traced`]: a callback per [`Chunk`] | `trace` |
//! | replay chunks, in any order, anywhere | [`replay_chunk`], [`replay_trace`] | `replay` |
//! | prove that it ends as it does, verify it | [`setup`], [`prove`], [`verify`]; what it will cost: [`estimate`] | `prove` |
//! | write the witness while the guest runs, check it, read its tables | [`emit_witness`], [`check`], [`witness::batches`] | `witness` |
//!
//! Proofs are behind the feature `prove`, replay and witness behind `witness`; both are on by default. Programs that only run
//! guests build much faster without them, and those that only verify need nothing but the crate `zkvm-verifier`. The prover is
//! about three times slower unless it is compiled for the processor it runs on (`-C target-cpu=native`).
//!
//! Progress and cancellation: [`RunOptions`], [`ProveOptions`] and [`EmitOptions`] take a callback and a flag.
//!
//! Guests are built by [`guest_build`]; a host crate has its guest built along by calling
//! `zkvm_guest_build::build_guest("../guest")` in its build script (depend on that crate alone there: it is small).

#[cfg_attr(not(any(target_arch = "x86_64", target_arch = "x86")), path = "cpu_other.rs")]
mod cpu;
mod encoding;
mod execute;
#[cfg(feature = "prove")]
mod prove;
mod rom_cache;

pub use encoding::{EncodingError, decode, encode};
pub use execute::{Execution, execute, execute_traced, trace_end};
#[cfg(feature = "prove")]
pub use prove::{Console, ProveOptions, digest_bytes, estimate, input_digest, prove};
pub use rom_cache::{RomCache, RomCacheError, RomOrigin};

pub use zkvm_machine::{Input, Outcome, Program, Symbols};
#[cfg(feature = "prove")]
pub use zkvm_prover::{ProveError, Proved, setup};
pub use zkvm_trace::{Chunk, TraceReader, TraceWriter};
pub use zkvm_translator::{Engine, Rom, Run, RunError, RunOptions, log_buffers, run, run_traced};
#[cfg(feature = "prove")]
pub use zkvm_verifier::{Proof, PublicValues, VerifyError, VerifyingKey, verify};
#[cfg(feature = "witness")]
pub use zkvm_witness as witness;
#[cfg(feature = "witness")]
pub use zkvm_witness::{EmitOptions, check, emit_witness, replay_chunk, replay_tiles, replay_trace};
#[cfg(feature = "prove")]
pub use {zkvm_circuit as circuit, zkvm_prover as prover, zkvm_verifier as verifier};
/// The crates behind this one, for what is not re-exported by name.
pub use {
    zkvm_guest_build as guest_build, zkvm_machine as machine, zkvm_trace as trace, zkvm_translator as translator,
};
