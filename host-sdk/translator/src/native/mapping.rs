//! Memory mapped from the operating system.

use std::io::Error;
use std::ptr::null_mut;

use crate::native_error::NativeError;

/// A private anonymous mapping, unmapped when dropped.
pub(super) struct Mapping {
    start: *mut u8,
    bytes: usize,
}

impl Mapping {
    /// Address space without rights.
    pub(super) fn reserved(bytes: usize, what: &'static str) -> Result<Mapping, NativeError> {
        Mapping::new(bytes, libc::PROT_NONE, what)
    }

    /// Zero-initialised, readable and writable.
    pub(super) fn read_write(bytes: usize, what: &'static str) -> Result<Mapping, NativeError> {
        Mapping::new(bytes, libc::PROT_READ | libc::PROT_WRITE, what)
    }

    /// A copy of `code`, executable and no longer writable.
    pub(super) fn executable(code: &[u8]) -> Result<Mapping, NativeError> {
        let mapping = Mapping::read_write(code.len(), "memory for native code")?;
        // SAFETY: the mapping is new, writable, as long as `code`, and does not overlap it.
        unsafe { std::ptr::copy_nonoverlapping(code.as_ptr(), mapping.start, code.len()) };
        mapping.protect(0, mapping.bytes, libc::PROT_READ | libc::PROT_EXEC)?;
        Ok(mapping)
    }

    fn new(bytes: usize, protection: i32, what: &'static str) -> Result<Mapping, NativeError> {
        let bytes = bytes.next_multiple_of(4096);
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a new mapping at an address of the system's choice touches no existing memory.
        let start = unsafe { libc::mmap(null_mut(), bytes, protection, flags, -1, 0) };
        if start == libc::MAP_FAILED {
            return Err(NativeError::System { what, bytes, source: Error::last_os_error() });
        }
        Ok(Mapping { start: start.cast(), bytes })
    }

    /// Sets the rights of `bytes` bytes at `offset`, which must lie inside, at page boundaries.
    pub(super) fn protect(&self, offset: usize, bytes: usize, protection: i32) -> Result<(), NativeError> {
        assert!(offset.checked_add(bytes).is_some_and(|end| end <= self.bytes), "inside the mapping");
        // SAFETY: inside the mapping, as asserted.
        let address = unsafe { self.start.add(offset) };
        // SAFETY: the pages belong to this mapping; nothing holds a reference into it across this call.
        let status = unsafe { libc::mprotect(address.cast(), bytes, protection) };
        let what = "access rights for memory";
        if status == 0 { Ok(()) } else { Err(NativeError::System { what, bytes, source: Error::last_os_error() }) }
    }

    /// Asks for huge pages, where the system grants them.
    pub(super) fn prefer_huge_pages(&self, offset: usize, bytes: usize) {
        assert!(offset.checked_add(bytes).is_some_and(|end| end <= self.bytes), "inside the mapping");
        // SAFETY: inside the mapping, as asserted.
        let address = unsafe { self.start.add(offset) };
        // SAFETY: advice changes no contents; failure is harmless.
        unsafe { libc::madvise(address.cast(), bytes, libc::MADV_HUGEPAGE) };
    }

    pub(super) fn start(&self) -> *mut u8 {
        self.start
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping was made by `new` and is not used after this.
        unsafe { libc::munmap(self.start.cast(), self.bytes) };
    }
}
