//! Allocator option `bump`: takes from the heap and never gives back. Fewest steps, as long as the heap lasts.

use core::alloc::{GlobalAlloc, Layout};
use core::sync::atomic::Ordering::Relaxed;

use super::{NEXT, grow_aligned};

struct Bump;

// SAFETY: `grow_aligned` hands out every byte at most once.
unsafe impl GlobalAlloc for Bump {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow_aligned(layout.size(), layout.align())
    }

    #[inline]
    unsafe fn dealloc(&self, _block: *mut u8, _layout: Layout) {}

    /// The heap is zero at start and no byte is handed out twice.
    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow_aligned(layout.size(), layout.align())
    }

    /// The block allocated last grows where it is.
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size <= layout.size() {
            return block;
        }
        if block as usize + layout.size() == NEXT.load(Relaxed) {
            let more = grow_aligned(size - layout.size(), 1);
            return if more.is_null() { more } else { block };
        }
        let new = grow_aligned(size, layout.align());
        if !new.is_null() {
            // SAFETY: the new block is larger and apart from the old one.
            unsafe { new.copy_from_nonoverlapping(block, layout.size()) };
        }
        new
    }
}

#[global_allocator]
static ALLOCATOR: Bump = Bump;
