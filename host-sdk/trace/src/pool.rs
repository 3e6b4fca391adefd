//! A fixed number of log buffers that are used again and again: it bounds memory (who wants a buffer waits until a
//! chunk has been dropped), and it keeps the pages of the logs in place (fresh pages cost several times the run).

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
struct Shared {
    free: Mutex<Vec<Vec<u8>>>,
    returned: Condvar,
}

impl Shared {
    fn free(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        // A list of buffers is whole whatever happened to the thread that held it.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lends out buffers and takes them back.
#[derive(Clone, Debug)]
pub struct BufferPool {
    shared: Arc<Shared>,
    buffer_bytes: usize,
}

impl BufferPool {
    /// Lends out `buffers`; each should have the same capacity.
    pub fn new(buffers: Vec<Vec<u8>>) -> BufferPool {
        let buffer_bytes = buffers.iter().map(Vec::capacity).min().unwrap_or(0);
        BufferPool { shared: Arc::new(Shared { free: Mutex::new(buffers), returned: Condvar::new() }), buffer_bytes }
    }

    /// Capacity of the smallest buffer.
    pub fn buffer_bytes(&self) -> usize {
        self.buffer_bytes
    }

    /// An empty buffer; waits until there is one. A thread that keeps all buffers itself waits for ever.
    pub fn take(&self) -> PooledBuffer {
        let mut free = self.shared.free();
        loop {
            if let Some(bytes) = free.pop() {
                return PooledBuffer { bytes, home: Some(Arc::clone(&self.shared)) };
            }
            free = self.shared.returned.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A buffer that returns to its pool when it is dropped.
#[derive(Debug)]
pub struct PooledBuffer {
    bytes: Vec<u8>,
    home: Option<Arc<Shared>>,
}

impl PooledBuffer {
    /// A buffer without a pool.
    pub fn owned(bytes: Vec<u8>) -> PooledBuffer {
        PooledBuffer { bytes, home: None }
    }

    /// What has been written to it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The buffer itself.
    pub fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}

impl PartialEq for PooledBuffer {
    fn eq(&self, other: &PooledBuffer) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for PooledBuffer {}

impl Drop for PooledBuffer {
    fn drop(&mut self) {
        if let Some(home) = self.home.take() {
            let mut bytes = std::mem::take(&mut self.bytes);
            bytes.clear();
            home.free().push(bytes);
            home.returned.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_buffer_is_lent_again_and_empty() {
        let pool = BufferPool::new(vec![Vec::with_capacity(16)]);
        let mut buffer = pool.take();
        buffer.bytes_mut().extend([1, 2, 3]);
        let address = buffer.bytes().as_ptr();
        drop(buffer);
        let again = pool.take();
        assert_eq!(again.bytes(), []);
        assert_eq!(again.bytes.as_ptr(), address);
    }

    #[test]
    fn take_waits_for_a_buffer() {
        let pool = BufferPool::new(vec![Vec::new()]);
        let buffer = pool.take();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| pool.take());
            assert!(!waiting.is_finished());
            drop(buffer);
            waiting.join().unwrap();
        });
    }
}
