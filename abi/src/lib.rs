//! What guest and host share, and nothing else: the memory map, the system calls, the layout of the input and output
//! regions, and the scope markers. No dependencies, no `std`. `docs/guest-abi.md` is the prose of this file.
//!
//! ```text
//! 0x0000_0000  unmapped (null pointers trap)
//! 0x0001_0000  program, low      ELF segments
//! 0x1000_0000  public output     read/write   length (u64), bytes
//! 0x2000_0000  input             read-only    length (u64), bytes, then arguments, environment, seed
//! 0x4000_0000  heap              read/write   zero at start
//! 0x7800_0000  unmapped (stack overflow traps)
//! 0x7c00_0000  stack             read/write   zero at start, grows down from 0x8000_0000
//! 0x8000_0000  program, high     ELF segments (bare-metal programs are usually linked here)
//! 0xffff_0000  unmapped (so that an address a little below 0, which wraps, traps too)
//! ```
#![no_std]

/// Bytes in a page: the granularity of mapping and access rights.
pub const PAGE_BYTES: u64 = 4096;

/// Bytes at both ends of the 4 GiB window which are never mapped.
pub const GUARD_BYTES: u64 = 0x1_0000;

/// Size of the guest window. No guest address has a bit above 31 set.
pub const WINDOW_BYTES: u64 = 1 << 32;

/// A half-open range of guest addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// First address.
    pub start: u64,
    /// Address after the last byte.
    pub end: u64,
}

impl Region {
    /// Length in bytes.
    pub const fn bytes(self) -> u64 {
        self.end - self.start
    }

    /// Whether the `bytes` bytes at `address` all lie in the region.
    pub const fn contains(self, address: u64, bytes: u64) -> bool {
        address >= self.start && address <= self.end && self.end - address >= bytes
    }
}

/// Where ELF segments may lie below the runtime's regions.
pub const PROGRAM_LOW: Region = Region { start: GUARD_BYTES, end: 0x1000_0000 };
/// Public output: a length word (u64, little-endian), then that many bytes. Read/write, zero at start.
pub const OUTPUT: Region = Region { start: 0x1000_0000, end: 0x2000_0000 };
/// Input, read-only. Fields in order, each starting at a multiple of 8, all integers u64 little-endian:
/// length of the input, its bytes; number of arguments, per argument length and bytes; number of environment
/// entries, per entry length and bytes (`NAME=VALUE`); [`SEED_BYTES`] bytes of seed.
pub const INPUT: Region = Region { start: 0x2000_0000, end: 0x4000_0000 };
/// Heap. Read/write, zero at start; which parts are in use is the guest's business.
pub const HEAP: Region = Region { start: 0x4000_0000, end: 0x7800_0000 };
/// Stack: `sp` starts at its end.
pub const STACK: Region = Region { start: 0x7c00_0000, end: 0x8000_0000 };
/// Where ELF segments may lie above the runtime's regions.
pub const PROGRAM_HIGH: Region = Region { start: 0x8000_0000, end: WINDOW_BYTES - GUARD_BYTES };

/// Bytes of the random seed at the end of the input region.
pub const SEED_BYTES: usize = 32;

/// Bytes before the data in the input and output regions: the length word.
pub const LENGTH_BYTES: u64 = 8;

/// Registers at entry: `sp` = end of [`STACK`], `a0` = start of [`INPUT`], `a1` = start of [`OUTPUT`], all others 0.
pub mod entry {
    /// Index of `sp`.
    pub const SP: u8 = 2;
    /// Index of `a0`, which points to the input region (0 under another operating system, such as qemu's user mode).
    pub const INPUT_POINTER: u8 = 10;
    /// Index of `a1`, which points to the output region.
    pub const OUTPUT_POINTER: u8 = 11;
}

/// System call numbers, in `a7`; arguments from `a0` on. Linux's own numbers, so that a guest also runs under Linux.
/// Any other number traps.
pub mod system_call {
    /// `read(fd, buffer, bytes)`: only issued under another operating system; here it is unknown and traps.
    pub const READ: u64 = 63;
    /// `write(fd, buffer, bytes)`: debug print to standard output (1) or error (2). `a0` becomes `bytes`, whatever the
    /// host could print; nothing else changes.
    pub const WRITE: u64 = 64;
    /// `exit(code)`: ends the program. The exit code is the low 32 bits of `a0` and is public.
    pub const EXIT: u64 = 93;
}

/// Scope markers: instructions without effect (`slti x0, x0, IMMEDIATE`, a HINT of the manual, designated for custom
/// use) by which a guest names the part of the program it is in. `a0` and `a1` hold address and length of the name.
pub mod scope {
    /// Immediate that opens a scope.
    pub const BEGIN: i32 = 0x5a1;
    /// Immediate that closes the innermost open scope of that name.
    pub const END: i32 = 0x5a2;
    /// Longest name in bytes; longer ones are cut.
    pub const MAX_NAME_BYTES: u64 = 256;
}
