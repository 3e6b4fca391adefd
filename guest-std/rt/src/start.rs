//! The entry: `_start` sets `gp`, keeps what the loader passed, runs constructors and `main`, and exits.

use core::ffi::c_char;
use core::ptr::null;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::{environment, heap, system};

/// Address of the input region, 0 under Linux.
pub static INPUT: AtomicUsize = AtomicUsize::new(0);
/// Address of the output region, 0 under Linux.
pub static OUTPUT: AtomicUsize = AtomicUsize::new(0);
/// `sp` at entry: under Linux that is where arguments and environment are found.
pub static ENTRY_STACK: AtomicUsize = AtomicUsize::new(0);

// `ra` is declared undefined so that unwinding ends here. `.debug_frame` and not `.eh_frame`: it is not loaded.
core::arch::global_asm!(
    ".cfi_sections .debug_frame",
    ".section .text._start, \"ax\", @progbits",
    ".globl _start",
    ".type _start, @function",
    "_start:",
    ".cfi_startproc",
    ".cfi_undefined ra",
    ".option push",
    ".option norelax",
    "la gp, __global_pointer$",
    ".option pop",
    "mv a2, sp",
    "andi sp, sp, -16",
    "call zkvm_rt_start",
    "ebreak",
    ".cfi_endproc",
    ".size _start, . - _start",
);

unsafe extern "C" {
    fn main(argc: i32, argv: *const *const c_char) -> i32;
    static __init_array_start: [extern "C" fn(); 0];
    static __init_array_end: [extern "C" fn(); 0];
}

#[unsafe(no_mangle)]
extern "C" fn zkvm_rt_start(input: usize, output: usize, stack: usize) -> ! {
    INPUT.store(input, Relaxed);
    OUTPUT.store(output, Relaxed);
    ENTRY_STACK.store(stack, Relaxed);
    if input == 0 {
        heap::map_under_linux();
    }
    run_constructors();
    let argc = environment::argument_count();
    // SAFETY: the program defines `main`, as the linker checked; Rust's own ignores the C arguments on this target.
    let code = unsafe { main(argc as i32, if argc == 0 { null() } else { c_arguments(argc) }) };
    system::exit(code)
}

/// `.init_array`: constructors of C and C++ programs, and of crates such as `ctor`.
fn run_constructors() {
    let mut constructor = (&raw const __init_array_start).cast::<extern "C" fn()>();
    let end = (&raw const __init_array_end).cast::<extern "C" fn()>();
    while constructor < end {
        // SAFETY: the linker script collects function pointers, and nothing else, between the two symbols.
        unsafe {
            (*constructor)();
            constructor = constructor.add(1);
        }
    }
}

/// The arguments as C wants them: NUL-terminated, the array ended by a null pointer.
fn c_arguments(count: usize) -> *const *const c_char {
    let array = heap::grow((count + 1) * size_of::<*const c_char>()).cast::<*const c_char>();
    if array.is_null() {
        return null();
    }
    for index in 0..count {
        let argument = environment::argument(index).unwrap_or(&[]);
        let copy = heap::grow(argument.len() + 1);
        if copy.is_null() {
            return null();
        }
        // SAFETY: both blocks are fresh, as large as asked for, and zero, which ends string and array.
        unsafe {
            copy.copy_from_nonoverlapping(argument.as_ptr(), argument.len());
            array.add(index).write(copy.cast());
        }
    }
    array
}
