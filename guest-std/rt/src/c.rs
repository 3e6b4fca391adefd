//! `malloc` and its kin for C, on the program's one allocator. A word before each block holds its size, which Rust's
//! allocator interface wants back.

extern crate alloc;

use alloc::alloc::Layout;
use core::ptr::null_mut;

use crate::system;

/// Room for the size; as large as the strictest alignment C expects of `malloc`.
const HEADER: usize = 16;

fn layout(bytes: usize) -> Option<Layout> {
    Layout::from_size_align(bytes.checked_add(HEADER)?, HEADER).ok()
}

/// Puts the size in front and returns what lies behind it.
///
/// # Safety
/// `block` must be null or have been allocated with [`layout`] of `bytes`.
unsafe fn finish(block: *mut u8, bytes: usize) -> *mut u8 {
    if block.is_null() {
        return block;
    }
    // SAFETY: the block begins with a header.
    unsafe {
        block.cast::<usize>().write(bytes);
        block.add(HEADER)
    }
}

#[unsafe(no_mangle)]
extern "C" fn malloc(bytes: usize) -> *mut u8 {
    match layout(bytes) {
        // SAFETY: the size is not 0.
        Some(layout) => unsafe { finish(alloc::alloc::alloc(layout), bytes) },
        None => null_mut(),
    }
}

#[unsafe(no_mangle)]
extern "C" fn calloc(count: usize, size: usize) -> *mut u8 {
    match count.checked_mul(size).and_then(|bytes| Some((bytes, layout(bytes)?))) {
        // SAFETY: the size is not 0.
        Some((bytes, layout)) => unsafe { finish(alloc::alloc::alloc_zeroed(layout), bytes) },
        None => null_mut(),
    }
}

/// # Safety
/// `pointer` must be null or come from `malloc`, `calloc` or `realloc`.
#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(pointer: *mut u8, bytes: usize) -> *mut u8 {
    if pointer.is_null() {
        return malloc(bytes);
    }
    // SAFETY: a header lies before the pointer, see `finish`.
    unsafe {
        let block = pointer.sub(HEADER);
        match (layout(block.cast::<usize>().read()), layout(bytes)) {
            (Some(old), Some(new)) => finish(alloc::alloc::realloc(block, old, new.size()), bytes),
            _ => null_mut(),
        }
    }
}

/// # Safety
/// `pointer` must be null or come from `malloc`, `calloc` or `realloc`.
#[unsafe(no_mangle)]
unsafe extern "C" fn free(pointer: *mut u8) {
    if pointer.is_null() {
        return;
    }
    // SAFETY: a header lies before the pointer, see `finish`.
    unsafe {
        let block = pointer.sub(HEADER);
        if let Some(layout) = layout(block.cast::<usize>().read()) {
            alloc::alloc::dealloc(block, layout);
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn abort() -> ! {
    system::trap()
}
