//! The heap region, handed out from its start, and the allocator on top of it.

#[cfg(feature = "bump")]
mod bump;
#[cfg(feature = "dlmalloc")]
mod region;
#[cfg(feature = "dlmalloc")]
mod small;

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use zkvm_abi::HEAP;

use crate::system;

/// First address that nobody owns.
static NEXT: AtomicUsize = AtomicUsize::new(HEAP.start as usize);

/// `bytes` zeroed bytes aligned to `align`, a power of two; null when the heap is used up.
pub fn grow_aligned(bytes: usize, align: usize) -> *mut u8 {
    // No overflow: NEXT is at most HEAP.end and `align` at most 2^63.
    let start = (NEXT.load(Relaxed) + align - 1) & !(align - 1);
    match start.checked_add(bytes) {
        Some(end) if end <= HEAP.end as usize => {
            NEXT.store(end, Relaxed);
            start as *mut u8
        }
        _ => core::ptr::null_mut(),
    }
}

/// As [`grow_aligned`], aligned for every primitive type. Without other calls between, blocks whose sizes are multiples
/// of 16 lie end to end.
pub fn grow(bytes: usize) -> *mut u8 {
    grow_aligned(bytes, 16)
}

/// Linux has no heap region: one is mapped at the same place.
pub fn map_under_linux() {
    if !system::map(HEAP.start as usize, HEAP.bytes() as usize) {
        system::fail("no memory for the guest's heap\n");
    }
}
