//! Allocator option `dlmalloc`, the default: dlmalloc with lists of free small blocks in front of it.
//!
//! Measured, steps per small block taken and given back, over what the bump allocator takes: dlmalloc alone 226, talc 5.1
//! 331, rlsf 0.2 (TLSF) 308, with the lists 10. Every small size, rounded up to 16, has a list of its own; Rust says the
//! size when it gives a block back, so blocks need no header. The price: a small block is only ever used again for its
//! own size. dlmalloc has the large ones: it is what Rust's `std` itself uses on targets without an allocator, so its
//! source comes with every compiler.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::null_mut;

use dlmalloc::Dlmalloc;

use super::region::Region;

/// Sizes are rounded up to multiples of this, and small blocks are aligned to it.
const GRAIN: usize = 16;
/// Largest small size: a B-tree node of 11 strings and as many `serde_json` values still is one.
const SMALL_BYTES: usize = 1024;
/// What small blocks are cut from.
const CHUNK_BYTES: usize = 1 << 15;

/// A free block: its first word points to the next one.
struct Free {
    next: *mut Free,
}

struct Heap {
    /// Free blocks of `(index + 1) * GRAIN` bytes.
    lists: [*mut Free; SMALL_BYTES / GRAIN],
    /// What is left of the current chunk: zeroed, as the heap is at start.
    chunk: *mut u8,
    chunk_bytes: usize,
    large: Dlmalloc<Region>,
}

/// Index of the list for blocks of this layout.
#[inline(always)]
fn class(layout: Layout) -> Option<usize> {
    let is_small = layout.size().wrapping_sub(1) < SMALL_BYTES && layout.align() <= GRAIN;
    is_small.then(|| (layout.size() - 1) / GRAIN)
}

impl Heap {
    /// A block that was used before.
    #[inline(always)]
    fn reuse(&mut self, class: usize) -> *mut u8 {
        let block = self.lists[class];
        if !block.is_null() {
            // SAFETY: blocks in a list are free, and hold the pointer that `release` wrote.
            self.lists[class] = unsafe { (*block).next };
        }
        block.cast()
    }

    /// A block that was never used, and so is zero.
    fn cut(&mut self, class: usize) -> *mut u8 {
        let bytes = (class + 1) * GRAIN;
        if self.chunk_bytes < bytes {
            // What is left of the old chunk is lost: less than one small block.
            self.chunk = super::grow(CHUNK_BYTES);
            if self.chunk.is_null() {
                self.chunk_bytes = 0;
                return null_mut();
            }
            self.chunk_bytes = CHUNK_BYTES;
        }
        let block = self.chunk;
        // SAFETY: the chunk has at least `bytes` bytes left.
        self.chunk = unsafe { block.add(bytes) };
        self.chunk_bytes -= bytes;
        block
    }

    #[inline(always)]
    fn release(&mut self, block: *mut u8, class: usize) {
        let block = block.cast::<Free>();
        // SAFETY: the block is free from now on, and has room for a pointer.
        unsafe { (*block).next = self.lists[class] };
        self.lists[class] = block;
    }
}

struct Global(UnsafeCell<Heap>);

// SAFETY: there is one hart, and nothing below allocates.
unsafe impl Sync for Global {}

impl Global {
    /// # Safety
    /// The reference must be gone before the next call.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    unsafe fn heap(&self) -> &mut Heap {
        // SAFETY: as promised by the caller, and see `Sync` above.
        unsafe { &mut *self.0.get() }
    }
}

// SAFETY: a block is in a list, in dlmalloc's hands, or the program's, never two of them; small blocks are aligned to
// GRAIN, because chunks and all sizes are. `class` gives the same answer when a block is taken and given back.
unsafe impl GlobalAlloc for Global {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: used in this function only.
        let heap = unsafe { self.heap() };
        let Some(class) = class(layout) else {
            // SAFETY: the layout's size is not 0.
            return unsafe { heap.large.malloc(layout.size(), layout.align()) };
        };
        let block = heap.reuse(class);
        if block.is_null() { heap.cut(class) } else { block }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: used in this function only.
        let heap = unsafe { self.heap() };
        match class(layout) {
            Some(class) => heap.release(block, class),
            // SAFETY: the block came from dlmalloc with this layout.
            None => unsafe { heap.large.free(block, layout.size(), layout.align()) },
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: used in this function only.
        let heap = unsafe { self.heap() };
        let Some(class) = class(layout) else {
            // SAFETY: the layout's size is not 0.
            return unsafe { heap.large.calloc(layout.size(), layout.align()) };
        };
        let block = heap.reuse(class);
        if block.is_null() {
            return heap.cut(class);
        }
        // SAFETY: the block has at least the layout's size.
        unsafe { block.write_bytes(0, layout.size()) };
        block
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that `size`, rounded up to the alignment, is no overflow.
        let new_layout = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (class(layout), class(new_layout)) {
            (Some(old), Some(new)) if old == new => block,
            // SAFETY: the block came from dlmalloc with this layout, and stays with it.
            (None, None) => unsafe { self.heap().large.realloc(block, layout.size(), layout.align(), size) },
            _ => {
                // SAFETY: `size` is not 0, as the caller promises; the blocks are apart and as large as their layouts.
                unsafe {
                    let new = self.alloc(new_layout);
                    if !new.is_null() {
                        new.copy_from_nonoverlapping(block, layout.size().min(size));
                        self.dealloc(block, layout);
                    }
                    new
                }
            }
        }
    }
}

#[global_allocator]
static ALLOCATOR: Global = Global(UnsafeCell::new(Heap {
    lists: [null_mut(); SMALL_BYTES / GRAIN],
    chunk: null_mut(),
    chunk_bytes: 0,
    large: Dlmalloc::new_with_allocator(Region),
}));
