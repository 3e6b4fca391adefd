//! Memory in replay: permissions and the log.

use zkvm_machine::{Memory, Permissions, Trap, Width};
use zkvm_trace::LogReader;

/// What can go wrong in a step of replay.
pub(super) enum Fault {
    Trap(Trap),
    LogExhausted { bytes: u64, left: u64 },
}

impl From<Trap> for Fault {
    fn from(trap: Trap) -> Fault {
        Fault::Trap(trap)
    }
}

pub(super) struct LogMemory<'c> {
    permissions: &'c Permissions,
    pub log: LogReader<'c>,
}

impl<'c> LogMemory<'c> {
    pub(super) fn new(permissions: &'c Permissions, log: &'c [u8]) -> LogMemory<'c> {
        LogMemory { permissions, log: LogReader::new(log) }
    }

    /// Bytes of the log not yet used.
    pub(super) fn left(&self) -> u64 {
        self.log.rest().len() as u64
    }
}

impl Memory for LogMemory<'_> {
    type Fault = Fault;

    #[inline]
    fn load(&mut self, address: u64, width: Width) -> Result<u64, Fault> {
        self.permissions.check_load(address, width)?;
        self.log.take(width).ok_or_else(|| Fault::LogExhausted { bytes: width.bytes(), left: self.left() })
    }

    #[inline]
    fn store(&mut self, address: u64, width: Width, _: u64) -> Result<(), Fault> {
        Ok(self.permissions.check_store(address, width)?)
    }

    #[inline]
    fn check_store(&mut self, address: u64, width: Width) -> Result<(), Fault> {
        Ok(self.permissions.check_store(address, width)?)
    }
}
