//! The log, read from the start.

use zkvm_machine::Width;

/// A position in a [`crate::MemoryReadLog`].
#[derive(Clone, Copy, Debug)]
pub struct LogReader<'c> {
    rest: &'c [u8],
}

impl<'c> LogReader<'c> {
    /// At the start of these bytes.
    pub fn new(log: &'c [u8]) -> LogReader<'c> {
        LogReader { rest: log }
    }

    /// The bytes not yet read.
    pub fn rest(&self) -> &'c [u8] {
        self.rest
    }

    /// The next entry, zero-extended; `None`, and nothing read, if fewer bytes are left than `width`.
    #[inline]
    pub fn take(&mut self, width: Width) -> Option<u64> {
        // Eight bytes at once and masked, unless fewer are left.
        if let Some(bytes) = self.rest.first_chunk::<8>() {
            self.rest = &self.rest[width.bytes() as usize..];
            return Some(u64::from_le_bytes(*bytes) & width.mask());
        }
        let (value, rest) = self.rest.split_at_checked(width.bytes() as usize)?;
        self.rest = rest;
        let mut padded = [0; 8];
        padded[..value.len()].copy_from_slice(value);
        Some(u64::from_le_bytes(padded))
    }

    /// Goes on behind the next `bytes` bytes; `None`, and nothing read, if there are fewer.
    pub fn skip(&mut self, bytes: usize) -> Option<()> {
        self.rest = self.rest.get(bytes..)?;
        Some(())
    }
}
