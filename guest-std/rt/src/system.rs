//! System calls: Linux's calling convention and numbers, number in `a7`, arguments from `a0` on.

use core::arch::asm;

use zkvm_abi::system_call::{EXIT, READ, WRITE};

/// Standard output.
pub const STDOUT: usize = 1;
/// Standard error.
pub const STDERR: usize = 2;

/// `mmap`, issued under Linux only.
const MMAP: u64 = 222;
const PROT_READ_WRITE: usize = 3;
/// `MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE`.
const MAP_FLAGS: usize = 0x2 | 0x10 | 0x20 | 0x4000;

#[inline]
fn system_call(number: u64, arguments: [usize; 6]) -> isize {
    let [a0, a1, a2, a3, a4, a5] = arguments;
    let result;
    // SAFETY: callers pass buffers they own; no call issued here maps over memory in use.
    unsafe {
        asm!("ecall", in("a7") number, inlateout("a0") a0 => result, in("a1") a1, in("a2") a2, in("a3") a3,
            in("a4") a4, in("a5") a5, options(nostack));
    }
    result
}

/// Ends the program. The exit code is public.
pub fn exit(code: i32) -> ! {
    // SAFETY: the call does not return.
    unsafe { asm!("ecall", in("a7") EXIT, in("a0") code as isize, options(noreturn, nostack)) }
}

/// Ends the program by the Breakpoint trap: how every panic and abort ends.
pub fn trap() -> ! {
    // SAFETY: an `ebreak` does not return here: the machine ends the program, Linux kills the process.
    unsafe { asm!("ebreak", options(noreturn, nostack)) }
}

/// Says on standard error why, then traps.
#[cold]
pub fn fail(reason: &str) -> ! {
    write_all(STDERR, reason.as_bytes());
    trap()
}

/// Writes all of `bytes`, as far as the other side takes them.
pub fn write_all(fd: usize, bytes: &[u8]) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let written = system_call(WRITE, [fd, rest.as_ptr() as usize, rest.len(), 0, 0, 0]);
        if written <= 0 {
            return;
        }
        rest = rest.get(written as usize..).unwrap_or(&[]);
    }
}

/// Under Linux: reads into `buffer`; 0 at the end of the file and on errors.
pub fn read(fd: usize, buffer: &mut [u8]) -> usize {
    system_call(READ, [fd, buffer.as_mut_ptr() as usize, buffer.len(), 0, 0, 0]).max(0) as usize
}

/// Under Linux: maps zeroed memory at exactly `[start, start + bytes)`.
pub fn map(start: usize, bytes: usize) -> bool {
    system_call(MMAP, [start, bytes, PROT_READ_WRITE, MAP_FLAGS, usize::MAX, 0]) == start as isize
}

/// `zkvm.h`: ends the program.
#[unsafe(no_mangle)]
extern "C" fn zkvm_exit(code: i32) -> ! {
    exit(code)
}

/// Rust's `std::process::abort`, through the platform layer.
#[unsafe(no_mangle)]
extern "C" fn zkvm_abort() -> ! {
    trap()
}
