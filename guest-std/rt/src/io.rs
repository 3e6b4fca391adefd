//! Input and public output: memory regions of the machine, or standard input and descriptor 3 under Linux. The two C
//! functions are the zkVM standards' I/O interface.

use core::slice;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use zkvm_abi::{INPUT as INPUT_REGION, LENGTH_BYTES, OUTPUT as OUTPUT_REGION, PAGE_BYTES};

use crate::start::{INPUT, OUTPUT};
use crate::{heap, system};

/// Where public output goes under Linux, if somebody has opened it.
const LINUX_OUTPUT: usize = 3;

/// The whole input.
pub fn input() -> &'static [u8] {
    let region = INPUT.load(Relaxed);
    if region == 0 {
        return linux_input();
    }
    // SAFETY: the region begins with a length word.
    let length = unsafe { (region as *const usize).read() };
    // A prover chooses what the region holds, so its length is an allegation.
    if length as u64 > INPUT_REGION.bytes() - LENGTH_BYTES {
        system::fail("the input region claims more bytes than it has\n");
    }
    // SAFETY: that many bytes lie in the region after the length, and it is read-only.
    unsafe { slice::from_raw_parts((region as *const u8).add(LENGTH_BYTES as usize), length) }
}

/// Appends to the public output.
pub fn append_output(bytes: &[u8]) {
    let region = OUTPUT.load(Relaxed);
    if region == 0 {
        return system::write_all(LINUX_OUTPUT, bytes);
    }
    let length = region as *mut usize;
    // SAFETY: the region begins with the length of what is already there and has room for `capacity` bytes after it.
    unsafe {
        let used = length.read();
        let capacity = (OUTPUT_REGION.bytes() - LENGTH_BYTES) as usize;
        if bytes.len() > capacity - used {
            system::fail("the public output does not fit its region of 256 MiB\n");
        }
        (region as *mut u8).add(LENGTH_BYTES as usize + used).copy_from(bytes.as_ptr(), bytes.len());
        length.write(used + bytes.len());
    }
}

/// Standard input, read to its end on first use.
fn linux_input() -> &'static [u8] {
    static START: AtomicUsize = AtomicUsize::new(0);
    static LENGTH: AtomicUsize = AtomicUsize::new(0);
    if START.load(Relaxed) == 0 {
        let (start, length) = read_standard_input();
        START.store(start as usize, Relaxed);
        LENGTH.store(length, Relaxed);
    }
    // SAFETY: the bytes were read into heap memory that nobody else owns.
    unsafe { slice::from_raw_parts(START.load(Relaxed) as *const u8, LENGTH.load(Relaxed)) }
}

/// The heap grows by one piece after the other while nothing else allocates, so the pieces are one block.
fn read_standard_input() -> (*const u8, usize) {
    const PIECE: usize = PAGE_BYTES as usize;
    let start = heap::grow(PIECE);
    let mut piece = start;
    let mut length = 0;
    let mut filled = 0;
    while !piece.is_null() {
        // SAFETY: the piece is fresh and has `PIECE` bytes.
        let got = system::read(0, unsafe { slice::from_raw_parts_mut(piece.add(filled), PIECE - filled) });
        if got == 0 {
            return (start, length);
        }
        length += got;
        filled += got;
        if filled == PIECE {
            piece = heap::grow(PIECE);
            filled = 0;
        }
    }
    system::fail("the input does not fit the heap\n")
}

/// `zkvm.h`: the whole input, the same bytes at every call.
///
/// # Safety
/// Both pointers must be writable.
#[unsafe(no_mangle)]
unsafe extern "C" fn read_input(buffer: *mut *const u8, size: *mut usize) {
    let input = input();
    // SAFETY: as promised by the caller.
    unsafe {
        buffer.write(input.as_ptr());
        size.write(input.len());
    }
}

/// `zkvm.h`: appends to the public output.
///
/// # Safety
/// `size` bytes at `output` must be readable.
#[unsafe(no_mangle)]
unsafe extern "C" fn write_output(output: *const u8, size: usize) {
    if size != 0 {
        // SAFETY: as promised by the caller.
        append_output(unsafe { slice::from_raw_parts(output, size) });
    }
}
