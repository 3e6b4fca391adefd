//! Log buffers whose pages are in place before the guest starts.

use zkvm_trace::BufferPool;

/// `count` buffers for the logs of chunks of `chunk_steps` steps: `count * 8 * chunk_steps` bytes of memory, touched now,
/// in huge pages where the system grants them.
pub fn log_buffers(count: usize, chunk_steps: u64) -> BufferPool {
    BufferPool::new((0..count).map(|_| buffer(8 * chunk_steps as usize)).collect())
}

fn buffer(bytes: usize) -> Vec<u8> {
    const HUGE_PAGE: usize = 2 << 20;
    let mut buffer = Vec::with_capacity(bytes);
    let start = (buffer.as_ptr() as usize).next_multiple_of(4096);
    let end = (buffer.as_ptr() as usize + bytes) & !4095;
    if bytes >= HUGE_PAGE && end > start {
        // SAFETY: whole pages of the buffer just allocated; advice changes no contents, failure is harmless.
        unsafe { libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_HUGEPAGE) };
    }
    buffer.resize(bytes, 1);
    buffer.clear();
    buffer
}
