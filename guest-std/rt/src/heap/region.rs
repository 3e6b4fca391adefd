//! The heap region as dlmalloc's operating system: memory is only ever added, at the end.

use core::ptr::null_mut;

/// What is asked for is a multiple of this.
const CHUNK_BYTES: usize = 1 << 16;

pub struct Region;

// SAFETY: `grow` hands out every byte at most once, and the heap is zero at start.
unsafe impl dlmalloc::Allocator for Region {
    fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
        match size.checked_next_multiple_of(CHUNK_BYTES) {
            Some(size) => (super::grow(size), size, 0),
            None => (null_mut(), 0, 0),
        }
    }

    fn remap(&self, _block: *mut u8, _old: usize, _new: usize, _can_move: bool) -> *mut u8 {
        null_mut()
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
