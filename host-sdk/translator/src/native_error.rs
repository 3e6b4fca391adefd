//! What can prevent native execution.

use zkvm_machine::ProgramId;

use crate::options::Mode;

/// Why native execution is not possible. The interpreter always is.
#[derive(Debug, thiserror::Error)]
pub enum NativeError {
    /// Another processor or operating system.
    #[error("native execution needs x86-64 Linux; use the interpreter on this host")]
    Host,
    /// A processor without an instruction set the code uses.
    #[error("native execution needs the CPU feature {feature}, which this processor lacks; use the interpreter")]
    CpuFeature {
        /// Its name.
        feature: &'static str,
    },
    /// The operating system refused something.
    #[error(
        "native execution: the system refused {what} of {bytes:#x} bytes ({source}); is there a limit on address space (`ulimit -v`)?"
    )]
    System {
        /// What was asked for.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// Its answer.
        source: std::io::Error,
    },
    /// Rom and program do not belong together.
    #[error("the Rom was made from program {rom}, not from {program}")]
    OtherProgram {
        /// Program of the Rom.
        rom: ProgramId,
        /// Program to run.
        program: ProgramId,
    },
    /// The Rom's code does not do what it is asked to.
    #[error("the Rom was translated with `Mode::{found:?}`; for this it must be `Mode::{expected:?}`")]
    Mode {
        /// What it was translated with.
        found: Mode,
        /// What is needed.
        expected: Mode,
    },
}
