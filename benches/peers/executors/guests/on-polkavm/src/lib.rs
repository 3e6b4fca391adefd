//! What lies under a guest's `main` on PolkaVM: an exported function that calls it, four host functions, an allocator, and
//! on top of them the C symbols by which `zkvm-guest-std` and the `zkvm` platform layer of Rust's `std` reach a runtime.
#![no_std]

extern crate alloc;
use picoalloc as _;

use alloc::vec::Vec;
use core::arch::asm;
use core::ffi::c_char;
use core::ptr::{null, null_mut};
use core::slice;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed};

#[polkavm_derive::polkavm_import]
unsafe extern "C" {
    fn peer_input_bytes() -> u64;
    fn peer_read_input(buffer: u64);
    fn peer_write_output(output: u64, bytes: u64);
    fn peer_exit(code: u64);
}

/// Runs the guest.
#[polkavm_derive::polkavm_export]
extern "C" fn peer_run() -> u64 {
    unsafe extern "C" {
        fn main(argc: i32, argv: *const *const c_char) -> i32;
    }
    // SAFETY: the program defines `main`, as the linker checked; Rust's own ignores the C arguments on this platform.
    let code = unsafe { main(0, null()) };
    code as u64
}

/// The whole input, the same bytes at every call.
///
/// # Safety
/// Both pointers must be writable.
#[unsafe(no_mangle)]
unsafe extern "C" fn read_input(buffer: *mut *const u8, size: *mut usize) {
    static START: AtomicPtr<u8> = AtomicPtr::new(null_mut());
    static LENGTH: AtomicUsize = AtomicUsize::new(0);
    if START.load(Relaxed).is_null() {
        // SAFETY: the host function takes nothing.
        let length = unsafe { peer_input_bytes() } as usize;
        let start = Vec::<u8>::with_capacity(length).leak().as_mut_ptr();
        // SAFETY: the block is fresh and has `length` bytes, which is how many the host writes.
        unsafe { peer_read_input(start as u64) };
        START.store(start, Relaxed);
        LENGTH.store(length, Relaxed);
    }
    // SAFETY: as promised by the caller.
    unsafe {
        buffer.write(START.load(Relaxed));
        size.write(LENGTH.load(Relaxed));
    }
}

/// Appends to the public output.
#[unsafe(no_mangle)]
extern "C" fn write_output(output: *const u8, size: usize) {
    // SAFETY: the host only reads.
    unsafe { peer_write_output(output as u64, size as u64) };
}

#[unsafe(no_mangle)]
extern "C" fn zkvm_exit(code: i32) -> ! {
    // SAFETY: the host does not resume the guest.
    unsafe { peer_exit(code as u64) };
    zkvm_abort()
}

#[unsafe(no_mangle)]
extern "C" fn zkvm_abort() -> ! {
    // SAFETY: a trap ends the guest.
    unsafe { asm!("unimp", options(noreturn, nostack)) }
}

/// `std`: a panic, after its message.
#[unsafe(no_mangle)]
extern "C" fn sys_panic(_message: *const u8, _bytes: usize) -> ! {
    zkvm_abort()
}

/// `std`: what is printed is no output, and dropped.
#[unsafe(no_mangle)]
extern "C" fn sys_write(_fd: u32, _text: *const u8, _bytes: usize) {}

/// `std`: there is no environment.
#[unsafe(no_mangle)]
extern "C" fn sys_getenv(_out: *mut u32, _words: usize, _name: *const u8, _name_bytes: usize) -> usize {
    usize::MAX
}

/// `std::alloc::System`, which nobody uses: the global allocator is another one.
#[unsafe(no_mangle)]
extern "C" fn sys_alloc_aligned(_bytes: usize, _align: usize) -> *mut u8 {
    null_mut()
}

/// `std`: the keys of `HashMap`. No guest's output depends on them.
///
/// # Safety
/// `out` must have room for `words` words.
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_rand(out: *mut u32, words: usize) {
    // SAFETY: as promised by the caller.
    unsafe { slice::from_raw_parts_mut(out, words) }.fill(0x9e37_79b9);
}
