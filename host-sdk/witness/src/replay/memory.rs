//! Memory in replay: permissions and the log.

use zkvm_machine::{Memory, Permissions, Trap, Width};

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
    log: &'c [u8],
}

impl<'c> LogMemory<'c> {
    pub(super) fn new(permissions: &'c Permissions, log: &'c [u8]) -> LogMemory<'c> {
        LogMemory { permissions, log }
    }

    /// Bytes of the log not yet used.
    pub(super) fn left(&self) -> u64 {
        self.log.len() as u64
    }

    #[cold]
    fn load_last(&mut self, width: Width) -> Result<u64, Fault> {
        let bytes = width.bytes() as usize;
        let Some((value, rest)) = self.log.split_at_checked(bytes) else {
            return Err(Fault::LogExhausted { bytes: bytes as u64, left: self.left() });
        };
        self.log = rest;
        let mut padded = [0; 8];
        padded[..bytes].copy_from_slice(value);
        Ok(u64::from_le_bytes(padded))
    }
}

impl Memory for LogMemory<'_> {
    type Fault = Fault;

    #[inline]
    fn load(&mut self, address: u64, width: Width) -> Result<u64, Fault> {
        self.permissions.check_load(address, width)?;
        // Eight bytes at once and masked, unless fewer are left.
        match self.log.first_chunk::<8>() {
            Some(bytes) => {
                self.log = &self.log[width.bytes() as usize..];
                Ok(u64::from_le_bytes(*bytes) & width.mask())
            }
            None => self.load_last(width),
        }
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
