//! What lies under a guest's `main` on SP1: the entry, the heap, `memcpy` and the system calls of its own runtime,
//! `sp1-zkvm`, and on top of them the C symbols by which `zkvm-guest-std` reaches a runtime.
#![no_std]

use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed};

use sp1_zkvm::syscalls::{syscall_halt, syscall_write};

/// SP1's file descriptor of the public values.
const PUBLIC_VALUES: u32 = 13;

/// How a guest exits that panicked.
const PANICKED: u8 = 1;

/// The whole input: the first element of SP1's input stream, the same bytes at every call.
///
/// # Safety
/// Both pointers must be writable.
#[unsafe(no_mangle)]
unsafe extern "C" fn read_input(buffer: *mut *const u8, size: *mut usize) {
    static START: AtomicPtr<u8> = AtomicPtr::new(null_mut());
    static LENGTH: AtomicUsize = AtomicUsize::new(0);
    if START.load(Relaxed).is_null() {
        let input = sp1_zkvm::read_vec_raw();
        START.store(input.ptr, Relaxed);
        LENGTH.store(input.len, Relaxed);
    }
    // SAFETY: as promised by the caller.
    unsafe {
        buffer.write(START.load(Relaxed));
        size.write(LENGTH.load(Relaxed));
    }
}

/// Appends to the public values.
#[unsafe(no_mangle)]
extern "C" fn write_output(output: *const u8, size: usize) {
    syscall_write(PUBLIC_VALUES, output, size);
}

#[unsafe(no_mangle)]
extern "C" fn zkvm_exit(code: i32) -> ! {
    syscall_halt(code as u8)
}

#[unsafe(no_mangle)]
extern "C" fn zkvm_abort() -> ! {
    syscall_halt(PANICKED)
}
