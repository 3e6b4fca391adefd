//! Guest memory of the reference interpreter: pages that come into being when they are touched.

use zkvm_abi::{INPUT, LENGTH_BYTES, OUTPUT, PAGE_BYTES, Region, WINDOW_BYTES};

use crate::input::Input;
use crate::instruction::Width;
use crate::program::{Access, Program, page_aligned};
use crate::step::Memory;
use crate::trap::Trap;

const PAGES: usize = (WINDOW_BYTES / PAGE_BYTES) as usize;
const READ: u8 = 1;
const WRITE: u8 = 2;
const EXECUTE: u8 = 4;

/// Access rights per page of the window.
#[derive(Clone)]
pub struct Permissions {
    pages: Vec<u8>,
}

impl std::fmt::Debug for Permissions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.regions()).finish()
    }
}

impl Permissions {
    pub(crate) fn none() -> Permissions {
        Permissions { pages: vec![0; PAGES] }
    }

    /// Adds `access` to all pages `region` touches.
    pub(crate) fn allow(&mut self, region: Region, access: Access) {
        let bits = if access.read { READ } else { 0 }
            | if access.write { WRITE } else { 0 }
            | if access.execute { EXECUTE } else { 0 };
        let pages = page_aligned(region);
        for page in &mut self.pages[(pages.start / PAGE_BYTES) as usize..(pages.end / PAGE_BYTES) as usize] {
            *page |= bits;
        }
    }

    /// First page that is both writable and executable.
    pub(crate) fn writable_and_executable(&self) -> Option<u64> {
        let both = WRITE | EXECUTE;
        self.pages.iter().position(|&bits| bits & both == both).map(|page| page as u64 * PAGE_BYTES)
    }

    #[inline]
    fn all(&self, address: u64, width: Width, bit: u8) -> bool {
        let last = address.wrapping_add(width.bytes() - 1);
        address < WINDOW_BYTES
            && last < WINDOW_BYTES
            && self.pages[(address / PAGE_BYTES) as usize] & self.pages[(last / PAGE_BYTES) as usize] & bit != 0
    }

    /// Whether no load at these addresses would trap, whatever its width; `false` may also mean that it depends on the width.
    #[inline]
    pub fn all_readable(&self, addresses: impl Iterator<Item = u64>) -> bool {
        self.all_of(addresses, READ)
    }

    /// Whether no store at these addresses would trap, whatever its width; `false` may also mean that it depends on the width.
    #[inline]
    pub fn all_writable(&self, addresses: impl Iterator<Item = u64>) -> bool {
        self.all_of(addresses, WRITE)
    }

    #[inline]
    fn all_of(&self, mut addresses: impl Iterator<Item = u64>, bit: u8) -> bool {
        const LAST: u64 = PAGE_BYTES - 8;
        addresses.all(|address| {
            let page = self.pages.get((address / PAGE_BYTES) as usize).copied().unwrap_or(0);
            page & bit != 0 && address % PAGE_BYTES <= LAST || self.all(address, Width::Double, bit)
        })
    }

    /// Fails if a load would trap.
    #[inline]
    pub fn check_load(&self, address: u64, width: Width) -> Result<(), Trap> {
        if self.all(address, width, READ) { Ok(()) } else { Err(Trap::LoadFault { address, width }) }
    }

    /// Fails if a store would trap.
    #[inline]
    pub fn check_store(&self, address: u64, width: Width) -> Result<(), Trap> {
        if self.all(address, width, WRITE) { Ok(()) } else { Err(Trap::StoreFault { address, width }) }
    }

    /// Whether all of `bytes` bytes at `address` can be loaded.
    pub fn readable(&self, address: u64, bytes: u64) -> bool {
        let Some(end) = address.checked_add(bytes).filter(|&end| end <= WINDOW_BYTES) else { return false };
        let pages = page_aligned(Region { start: address, end });
        bytes == 0
            || self.pages[(pages.start / PAGE_BYTES) as usize..(pages.end / PAGE_BYTES) as usize]
                .iter()
                .all(|bits| bits & READ != 0)
    }

    /// The mapped regions with their rights, in address order; neighbours of equal rights are one.
    pub fn regions(&self) -> Vec<(Region, Access)> {
        let mut regions: Vec<(Region, Access)> = Vec::new();
        let mut start = 0;
        for run in self.pages.chunk_by(|a, b| a == b) {
            let end = start + run.len() as u64 * PAGE_BYTES;
            if run[0] != 0 {
                let bit = |bit| run[0] & bit != 0;
                let access = Access { read: bit(READ), write: bit(WRITE), execute: bit(EXECUTE) };
                regions.push((Region { start, end }, access));
            }
            start = end;
        }
        regions
    }
}

/// Guest memory that can be read from outside the machine.
pub trait GuestMemory: Memory<Fault = Trap> {
    /// Copies the `bytes` bytes at `address`, or `None` if some are not mapped.
    fn read_bytes(&self, address: u64, bytes: u64) -> Option<Vec<u8>>;

    /// The public output the guest has left, or the length it claims if that is more than fits.
    ///
    /// # Errors
    /// The length word, if the region cannot hold so many bytes.
    fn public_output(&self) -> Result<Vec<u8>, u64> {
        let length = self.read_bytes(OUTPUT.start, LENGTH_BYTES).unwrap_or_default();
        let length = u64::from_le_bytes(length.try_into().unwrap_or_default());
        if length > OUTPUT.bytes() - LENGTH_BYTES {
            return Err(length);
        }
        self.read_bytes(OUTPUT.start + LENGTH_BYTES, length).ok_or(length)
    }
}

type Page = [u8; PAGE_BYTES as usize];

/// Sparse memory in safe Rust.
pub struct PagedMemory<'p> {
    permissions: &'p Permissions,
    pages: Vec<Option<Box<Page>>>,
}

impl<'p> PagedMemory<'p> {
    /// The memory `program` starts with when it is given `input`.
    pub fn new(program: &'p Program, input: &Input) -> PagedMemory<'p> {
        let mut memory = PagedMemory { permissions: program.permissions(), pages: vec![None; PAGES] };
        for segment in program.segments() {
            memory.fill(segment.region.start, &segment.data);
        }
        memory.fill(INPUT.start, &input.to_region());
        memory
    }

    /// Bytes of the pages that have been touched.
    pub fn resident_bytes(&self) -> u64 {
        self.pages.iter().flatten().count() as u64 * PAGE_BYTES
    }

    fn fill(&mut self, mut address: u64, mut data: &[u8]) {
        while !data.is_empty() {
            let offset = (address % PAGE_BYTES) as usize;
            let count = data.len().min(PAGE_BYTES as usize - offset);
            self.page_mut(address)[offset..offset + count].copy_from_slice(&data[..count]);
            address += count as u64;
            data = &data[count..];
        }
    }

    fn page_mut(&mut self, address: u64) -> &mut Page {
        self.pages[(address / PAGE_BYTES) as usize].get_or_insert_with(|| Box::new([0; PAGE_BYTES as usize]))
    }

    fn byte(&self, address: u64) -> u8 {
        let page = &self.pages[(address / PAGE_BYTES) as usize];
        page.as_ref().map_or(0, |page| page[(address % PAGE_BYTES) as usize])
    }
}

impl Memory for PagedMemory<'_> {
    type Fault = Trap;

    #[inline]
    fn load(&mut self, address: u64, width: Width) -> Result<u64, Trap> {
        self.permissions.check_load(address, width)?;
        let (offset, bytes) = ((address % PAGE_BYTES) as usize, width.bytes() as usize);
        let mut value = [0; 8];
        if offset + bytes <= PAGE_BYTES as usize {
            if let Some(page) = &self.pages[(address / PAGE_BYTES) as usize] {
                value[..bytes].copy_from_slice(&page[offset..offset + bytes]);
            }
        } else {
            for (index, byte) in value[..bytes].iter_mut().enumerate() {
                *byte = self.byte(address + index as u64);
            }
        }
        Ok(u64::from_le_bytes(value))
    }

    #[inline]
    fn store(&mut self, address: u64, width: Width, value: u64) -> Result<(), Trap> {
        self.permissions.check_store(address, width)?;
        self.fill(address, &value.to_le_bytes()[..width.bytes() as usize]);
        Ok(())
    }

    fn check_store(&mut self, address: u64, width: Width) -> Result<(), Trap> {
        self.permissions.check_store(address, width)
    }
}

impl GuestMemory for PagedMemory<'_> {
    fn read_bytes(&self, address: u64, bytes: u64) -> Option<Vec<u8>> {
        self.permissions
            .readable(address, bytes)
            .then(|| (address..address + bytes).map(|address| self.byte(address)).collect())
    }
}
