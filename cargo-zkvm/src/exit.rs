//! How the tool ends.

use std::process::ExitCode;

/// Exit statuses; the numbers are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Success = 0,
    /// The message has been printed.
    Error = 1,
    /// The guest's own exit code is not 0.
    GuestFailed = 3,
    /// The guest could not go on.
    GuestTrapped = 4,
    /// The guest did not end in time.
    StepLimit = 5,
    /// The proof is no proof of what was asked.
    ProofRefused = 6,
    /// By a signal: 128 + SIGINT.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}
