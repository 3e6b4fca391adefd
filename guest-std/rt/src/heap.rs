//! The heap region, handed out from its start, and the allocator on top of it.

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

#[cfg(all(feature = "bump", not(feature = "dlmalloc")))]
mod bump {
    use core::alloc::{GlobalAlloc, Layout};

    /// Takes from the heap and never gives back; only the block allocated last can grow in place.
    struct Bump;

    // SAFETY: `grow_aligned` hands out every byte at most once.
    unsafe impl GlobalAlloc for Bump {
        #[inline]
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            super::grow_aligned(layout.size(), layout.align())
        }

        #[inline]
        unsafe fn dealloc(&self, _block: *mut u8, _layout: Layout) {}

        /// The heap is zero at start and no byte is handed out twice.
        #[inline]
        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            super::grow_aligned(layout.size(), layout.align())
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            use core::sync::atomic::Ordering::Relaxed;
            if size <= layout.size() {
                return block;
            }
            let is_last = block as usize + layout.size() == super::NEXT.load(Relaxed);
            if is_last {
                let more = super::grow_aligned(size - layout.size(), 1);
                return if more.is_null() { more } else { block };
            }
            let new = super::grow_aligned(size, layout.align());
            if !new.is_null() {
                // SAFETY: the new block is larger and apart from the old one.
                unsafe { new.copy_from_nonoverlapping(block, layout.size()) };
            }
            new
        }
    }

    #[global_allocator]
    static ALLOCATOR: Bump = Bump;
}

#[cfg(feature = "dlmalloc")]
mod freeing {
    use core::alloc::{GlobalAlloc, Layout};
    use core::cell::UnsafeCell;

    use dlmalloc::Dlmalloc;

    /// dlmalloc's granularity: it asks for multiples of this.
    const CHUNK_BYTES: usize = 1 << 16;

    /// The heap region as dlmalloc's operating system: memory is only ever added, at the end.
    struct Region;

    // SAFETY: `grow` hands out every byte at most once, and the heap is zero at start.
    unsafe impl dlmalloc::Allocator for Region {
        fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
            let size = size.next_multiple_of(CHUNK_BYTES);
            (super::grow(size), size, 0)
        }

        fn remap(&self, _block: *mut u8, _old: usize, _new: usize, _can_move: bool) -> *mut u8 {
            core::ptr::null_mut()
        }

        fn free_part(&self, _block: *mut u8, _old: usize, _new: usize) -> bool {
            false
        }

        fn free(&self, _block: *mut u8, _size: usize) -> bool {
            false
        }

        fn can_release_part(&self, _flags: u32) -> bool {
            false
        }

        fn allocates_zeros(&self) -> bool {
            true
        }

        fn page_size(&self) -> usize {
            CHUNK_BYTES
        }
    }

    struct Freeing(UnsafeCell<Dlmalloc<Region>>);

    // SAFETY: there is one hart, and dlmalloc calls nothing that allocates.
    unsafe impl Sync for Freeing {}

    // SAFETY: dlmalloc's blocks are as `GlobalAlloc` wants them; the cell is never borrowed twice, see `Sync` above.
    unsafe impl GlobalAlloc for Freeing {
        #[inline]
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            unsafe { (*self.0.get()).malloc(layout.size(), layout.align()) }
        }

        #[inline]
        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            unsafe { (*self.0.get()).free(block, layout.size(), layout.align()) }
        }

        #[inline]
        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            unsafe { (*self.0.get()).calloc(layout.size(), layout.align()) }
        }

        #[inline]
        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            unsafe { (*self.0.get()).realloc(block, layout.size(), layout.align(), size) }
        }
    }

    #[global_allocator]
    static ALLOCATOR: Freeing = Freeing(UnsafeCell::new(Dlmalloc::new_with_allocator(Region)));
}
