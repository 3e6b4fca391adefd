//! The guest window: 4 GiB of address space in which only what the program may touch is mapped.

use zkvm_abi::{GUARD_BYTES, HEAP, INPUT, WINDOW_BYTES};
use zkvm_machine::{GuestMemory, Input, Memory, Permissions, Program, Trap, Width};

use super::mapping::Mapping;
use crate::native_error::NativeError;

/// Guest memory, mapped so that page rights enforce [`Permissions`].
pub(super) struct Window<'p> {
    permissions: &'p Permissions,
    mapping: Mapping,
}

impl<'p> Window<'p> {
    pub(super) fn new(program: &'p Program, input: &Input) -> Result<Window<'p>, NativeError> {
        // An access at the very end reaches up to 7 bytes beyond the window: the guard behind it stays unmapped.
        let mapping = Mapping::reserved((WINDOW_BYTES + GUARD_BYTES) as usize, "the guest's address space")?;
        let permissions = program.permissions();
        for (region, _) in permissions.regions() {
            let (start, bytes) = (region.start as usize, region.bytes() as usize);
            mapping.protect(start, bytes, libc::PROT_READ | libc::PROT_WRITE)?;
        }
        mapping.prefer_huge_pages(HEAP.start as usize, HEAP.bytes() as usize);
        let window = Window { permissions, mapping };
        for segment in program.segments() {
            window.fill(segment.region.start, &segment.data);
        }
        window.fill(INPUT.start, &input.to_region());
        for (region, access) in permissions.regions() {
            if !access.write {
                let protection = if access.read { libc::PROT_READ } else { libc::PROT_NONE };
                window.mapping.protect(region.start as usize, region.bytes() as usize, protection)?;
            }
        }
        Ok(window)
    }

    pub(super) fn start(&self) -> *mut u8 {
        self.mapping.start()
    }

    /// Only for regions that are mapped and still writable.
    fn fill(&self, address: u64, data: &[u8]) {
        assert!(self.permissions.readable(address, data.len() as u64), "segments and input lie in mapped regions");
        // SAFETY: all of the range is mapped, as asserted, and writable until `new` is done; `data` is elsewhere.
        unsafe { std::ptr::copy_nonoverlapping(data.as_ptr(), self.at(address), data.len()) };
    }

    fn at(&self, address: u64) -> *mut u8 {
        debug_assert!(address <= WINDOW_BYTES);
        // SAFETY: callers have checked that the address lies in the window, which the mapping covers.
        unsafe { self.start().add(address as usize) }
    }
}

impl Memory for Window<'_> {
    type Fault = Trap;

    fn load(&mut self, address: u64, width: Width) -> Result<u64, Trap> {
        self.permissions.check_load(address, width)?;
        let mut value = [0; 8];
        // SAFETY: `check_load` has found all bytes readable; the destination has 8 and the width is at most that.
        unsafe { std::ptr::copy_nonoverlapping(self.at(address), value.as_mut_ptr(), width.bytes() as usize) };
        Ok(u64::from_le_bytes(value))
    }

    fn store(&mut self, address: u64, width: Width, value: u64) -> Result<(), Trap> {
        self.permissions.check_store(address, width)?;
        let value = value.to_le_bytes();
        // SAFETY: `check_store` has found all bytes writable; the source has 8 and the width is at most that.
        unsafe { std::ptr::copy_nonoverlapping(value.as_ptr(), self.at(address), width.bytes() as usize) };
        Ok(())
    }

    fn check_store(&mut self, address: u64, width: Width) -> Result<(), Trap> {
        self.permissions.check_store(address, width)
    }
}

impl GuestMemory for Window<'_> {
    fn read_bytes(&self, address: u64, bytes: u64) -> Option<Vec<u8>> {
        if !self.permissions.readable(address, bytes) {
            return None;
        }
        let mut copy = vec![0; bytes as usize];
        // SAFETY: all bytes are readable, as just checked; the destination is as long.
        unsafe { std::ptr::copy_nonoverlapping(self.at(address), copy.as_mut_ptr(), copy.len()) };
        Some(copy)
    }
}
