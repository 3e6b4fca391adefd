#![no_std]
use core::ffi::c_char;
use core::ptr::null;
use core::slice;

use picoalloc::{Allocator, Array, ArrayPointer, Mutex};

const HEAP_BYTES: usize = 512 << 20;

static mut HEAP: Array<HEAP_BYTES> = Array([0; HEAP_BYTES]);

#[global_allocator]
static mut ALLOCATOR: Mutex<Allocator<ArrayPointer<HEAP_BYTES>>> =
    Mutex::new(Allocator::new(unsafe { ArrayPointer::new(&raw mut HEAP) }));

polkavm_derive::min_stack_size!(8 << 20);

#[polkavm_derive::polkavm_import]
extern "C" {
    fn peer_input_bytes() -> u64;
    fn peer_read_input(buffer: u64);
    fn peer_write_output(bytes: u64, size: u64);
    fn peer_exit(code: u64);
}

extern crate alloc;

#[polkavm_derive::polkavm_export]
extern "C" fn run() -> u64 {
    unsafe extern "C" {
        fn main(argc: i32, argv: *const *const c_char) -> i32;
    }
    (unsafe { main(0, null()) }) as u64
}

#[unsafe(no_mangle)]
unsafe extern "C" fn read_input(buffer: *mut *const u8, size: *mut usize) {
    unsafe {
        let n = peer_input_bytes() as usize;
        let b = alloc::vec::Vec::<u8>::with_capacity(n).leak().as_mut_ptr();
        peer_read_input(b as u64);
        buffer.write(b);
        size.write(n);
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn write_output(output: *const u8, size: usize) {
    unsafe { peer_write_output(output as u64, size as u64) };
}

#[unsafe(no_mangle)]
extern "C" fn zkvm_exit(code: i32) -> ! {
    unsafe { peer_exit(code as u64) };
    loop {}
}

#[unsafe(no_mangle)]
extern "C" fn zkvm_abort() -> ! {
    unsafe { core::arch::asm!("unimp", options(noreturn)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sys_write(_fd: u32, _bytes: *const u8, _size: usize) {}

#[unsafe(no_mangle)]
extern "C" fn sys_panic(_message: *const u8, _size: usize) -> ! {
    zkvm_abort()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sys_rand(out: *mut u32, words: usize) {
    for word in unsafe { slice::from_raw_parts_mut(out, words) } {
        *word = 0x9e37_79b9;
    }
}
#[unsafe(no_mangle)]
extern "C" fn sys_getenv(_: *mut u32, _: usize, _: *const u8, _: usize) -> usize { usize::MAX }
#[unsafe(no_mangle)]
extern "C" fn sys_alloc_aligned(_: usize, _: usize) -> *mut u8 { core::ptr::null_mut() }
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_custom(_: *mut u8, _: usize) -> u32 { 1 }
