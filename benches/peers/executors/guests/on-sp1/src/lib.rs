#![no_std]
use core::slice;
use sp1_zkvm::syscalls::syscall_write;

const PUBLIC_VALUES: u32 = 13;

static INPUT: core::sync::atomic::AtomicPtr<u8> = core::sync::atomic::AtomicPtr::new(core::ptr::null_mut());

#[unsafe(no_mangle)]
unsafe extern "C" fn read_input(buffer: *mut *const u8, size: *mut usize) {
    let input = sp1_zkvm::read_vec_raw();
    unsafe {
        buffer.write(input.ptr);
        size.write(input.len);
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn write_output(output: *const u8, size: usize) {
    syscall_write(PUBLIC_VALUES, output, size);
}

#[unsafe(no_mangle)]
extern "C" fn zkvm_exit(code: i32) -> ! {
    sp1_zkvm::syscalls::syscall_halt(code as u8)
}

#[unsafe(no_mangle)]
extern "C" fn zkvm_abort() -> ! {
    sp1_zkvm::syscalls::syscall_halt(1)
}
