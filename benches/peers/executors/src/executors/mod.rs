//! Those who execute: each behind one interface.
mod native;
mod polkavm;
mod sp1;
mod zkvm;

use std::fmt;
use std::time::Duration;

use ::polkavm::GasMeteringKind;
use anyhow::Result;
use serde::Serialize;

use crate::programs::Programs;

/// A guest that is translated and can be run any number of times.
pub trait Executor {
    /// Runs it from its beginning.
    fn run(&mut self) -> Result<Ran>;
}

/// One run.
pub struct Ran {
    /// Processor time from input to public output.
    pub time: Duration,
    /// Instructions of the machine in question, where it counts them.
    pub instructions: Option<u64>,
    pub public_output: Vec<u8>,
}

/// An executor with one guest.
pub struct Ready {
    pub executor: Box<dyn Executor>,
    /// Processor time from ELF to executable code, where there is a translation.
    pub translation: Option<Duration>,
}

/// Who executes, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The same source as a program for this processor.
    Native,
    ZkvmRun,
    ZkvmTrace,
    Sp1Run,
    Sp1Trace,
    Polkavm,
    /// As PolkaVM runs what it does not trust: it counts instructions, and would stop.
    PolkavmGas,
}

impl Kind {
    pub const ALL: [Kind; 7] =
        [Kind::Native, Kind::ZkvmRun, Kind::ZkvmTrace, Kind::Sp1Run, Kind::Sp1Trace, Kind::Polkavm, Kind::PolkavmGas];

    /// Translates the guest.
    pub fn prepare(self, programs: &Programs, input: &[u8], options: &Options) -> Result<Ready> {
        match self {
            Kind::Native => native::prepare(&programs.native, input),
            Kind::ZkvmRun => zkvm::prepare_run(&programs.zkvm, input),
            Kind::ZkvmTrace => zkvm::prepare_trace(&programs.zkvm, input),
            Kind::Sp1Run => sp1::prepare(programs.sp1()?, input, None),
            Kind::Sp1Trace => sp1::prepare(programs.sp1()?, input, Some(options.sp1_chunk)),
            Kind::Polkavm => polkavm::prepare(programs.polkavm()?, input, None),
            Kind::PolkavmGas => polkavm::prepare(programs.polkavm()?, input, Some(GasMeteringKind::Sync)),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Native => "native",
            Kind::ZkvmRun => "zkvm run",
            Kind::ZkvmTrace => "zkvm trace",
            Kind::Sp1Run => "SP1 run",
            Kind::Sp1Trace => "SP1 trace",
            Kind::Polkavm => "PolkaVM",
            Kind::PolkavmGas => "PolkaVM gas",
        })
    }
}

/// What can be chosen.
#[derive(clap::Args)]
pub struct Options {
    /// Loads and stores in a chunk of SP1's trace: by default as many as stay in the processor's cache, which is
    /// fastest. SP1's own default is 16777216.
    #[arg(long, default_value_t = 1 << 16, value_parser = clap::value_parser!(u64).range(1..))]
    pub sp1_chunk: u64,
}
