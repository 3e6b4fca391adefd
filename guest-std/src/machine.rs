//! In the guest: everything goes to the runtime by its C symbols, so that there is only ever one copy of it.

use core::arch::asm;
use core::fmt::{self, Write};
use core::panic::PanicInfo;
use core::ptr::null;
use core::slice;

use zkvm_abi::scope::{BEGIN, END};

const STDOUT: u32 = 1;
const STDERR: u32 = 2;

mod runtime {
    //! As in `zkvm.h`, and one function of `std`'s platform layer.

    unsafe extern "C" {
        pub fn read_input(buffer: *mut *const u8, size: *mut usize);
        pub fn write_output(output: *const u8, size: usize);
        pub safe fn zkvm_exit(code: i32) -> !;
        pub safe fn zkvm_abort() -> !;
        pub fn sys_write(fd: u32, buffer: *const u8, bytes: usize);
    }
}

pub fn read_input() -> &'static [u8] {
    let mut start = null();
    let mut bytes = 0;
    // SAFETY: both places are writable; the runtime fills them with a slice that is never written.
    unsafe {
        runtime::read_input(&mut start, &mut bytes);
        slice::from_raw_parts(start, bytes)
    }
}

pub fn write_output(bytes: &[u8]) {
    // SAFETY: the slice is readable.
    unsafe { runtime::write_output(bytes.as_ptr(), bytes.len()) }
}

pub fn exit(code: i32) -> ! {
    runtime::zkvm_exit(code)
}

#[inline(always)]
pub fn scope_begin(name: &str) {
    // SAFETY: the instruction has no effect.
    unsafe {
        asm!("slti x0, x0, {marker}", marker = const BEGIN, in("a0") name.as_ptr(), in("a1") name.len(),
            options(nostack, readonly));
    }
}

#[inline(always)]
pub fn scope_end(name: &str) {
    // SAFETY: the instruction has no effect.
    unsafe {
        asm!("slti x0, x0, {marker}", marker = const END, in("a0") name.as_ptr(), in("a1") name.len(),
            options(nostack, readonly));
    }
}

/// A file descriptor to print to.
struct Descriptor(u32);

impl Write for Descriptor {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // SAFETY: the text is readable.
        unsafe { runtime::sys_write(self.0, text.as_ptr(), text.len()) };
        Ok(())
    }
}

/// Behind `debug!`: one system call per line, not one per argument.
pub fn print(text: fmt::Arguments<'_>) {
    let _ = Descriptor(STDOUT).write_str(&alloc::fmt::format(text));
}

/// Prints as `std` does, without needing memory, and traps.
pub fn panic(info: &PanicInfo<'_>) -> ! {
    let _ = writeln!(Descriptor(STDERR), "{info}");
    runtime::zkvm_abort()
}
