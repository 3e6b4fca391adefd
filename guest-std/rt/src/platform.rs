//! What the `zkvm` platform layer of Rust's `std` asks for (`library/std/src/sys/pal/zkvm/abi.rs`). It was written for
//! a 32-bit machine: its "words" are 4 bytes.

use core::slice;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::{environment, heap, io, system};

/// Bytes of what that layer calls a word.
pub const WORD_BYTES: usize = 4;

/// Bytes of the input that `std::io::stdin` has handed out.
static STDIN_POSITION: AtomicUsize = AtomicUsize::new(0);

#[unsafe(no_mangle)]
unsafe extern "C" fn sys_read(fd: u32, buffer: *mut u8, bytes: usize) -> usize {
    if fd != 0 {
        return 0;
    }
    let position = STDIN_POSITION.load(Relaxed);
    let rest = &io::input()[position..];
    let count = rest.len().min(bytes);
    // SAFETY: `buffer` has `bytes` writable bytes.
    unsafe { buffer.copy_from_nonoverlapping(rest.as_ptr(), count) };
    STDIN_POSITION.store(position + count, Relaxed);
    count
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sys_write(fd: u32, buffer: *const u8, bytes: usize) {
    if matches!(fd as usize, system::STDOUT | system::STDERR) && bytes != 0 {
        // SAFETY: `buffer` has `bytes` readable bytes.
        system::write_all(fd as usize, unsafe { slice::from_raw_parts(buffer, bytes) });
    }
}

/// `std::alloc::System`, and the base of allocators that a program brings along. Never freed.
#[unsafe(no_mangle)]
extern "C" fn sys_alloc_aligned(bytes: usize, align: usize) -> *mut u8 {
    heap::grow_aligned(bytes, align)
}

#[unsafe(no_mangle)]
extern "C" fn sys_alloc_words(words: usize) -> *mut u32 {
    heap::grow_aligned(words * WORD_BYTES, align_of::<usize>()).cast()
}

#[unsafe(no_mangle)]
extern "C" fn sys_argc() -> usize {
    environment::argument_count()
}

/// The length of argument `index`, of which as much is copied as fits.
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_argv(out: *mut u32, words: usize, index: usize) -> usize {
    let argument = environment::argument(index).unwrap_or(&[]);
    // SAFETY: `out` has room for `words` words.
    unsafe { copy_to_words(argument, out, words) }
}

/// The length of the variable's value, of which as much is copied as fits; all ones if there is none.
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_getenv(out: *mut u32, words: usize, name: *const u8, name_bytes: usize) -> usize {
    // SAFETY: `name` has `name_bytes` readable bytes.
    let name = unsafe { slice::from_raw_parts(name, name_bytes) };
    match environment::variable(name) {
        // SAFETY: `out` has room for `words` words.
        Some(value) => unsafe { copy_to_words(value, out, words) },
        None => usize::MAX,
    }
}

/// # Safety
/// `words` words at `out` must be writable.
unsafe fn copy_to_words(bytes: &[u8], out: *mut u32, words: usize) -> usize {
    let count = bytes.len().min(words * WORD_BYTES);
    // SAFETY: as promised by the caller.
    unsafe { out.cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), count) };
    bytes.len()
}

/// A panic ends here. Its message has been printed by `std`'s panic hook (or by nobody, if the program took it out).
#[unsafe(no_mangle)]
extern "C" fn sys_panic(_message: *const u8, _bytes: usize) -> ! {
    system::trap()
}

#[unsafe(no_mangle)]
extern "C" fn sys_halt() -> ! {
    system::exit(0)
}
