//! A chunk: what replay needs to execute a run of steps alone.

use zkvm_machine::MachineState;

use crate::pool::PooledBuffer;

/// Steps per chunk unless asked otherwise. 2^20 steps log at most 8 MiB (one 8-byte read each), so that a chunk's log
/// stays within the share of the last-level cache of the core that replays it.
pub const CHUNK_STEPS: u64 = 1 << 20;

/// Registers, pc, reservation and step index at a point between two steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterCheckpoint {
    /// Steps executed before this point.
    pub step: u64,
    /// The state between the steps.
    pub state: MachineState,
}

/// The values loaded in a chunk, in order, each with the width of its access (1, 2, 4 or 8 bytes, little-endian,
/// unpadded). The buffer may be on loan from a [`crate::BufferPool`], to which it returns when the chunk is dropped.
#[derive(Debug, PartialEq, Eq)]
pub struct MemoryReadLog(PooledBuffer);

impl MemoryReadLog {
    /// A log of its own, not from a pool.
    pub fn from_bytes(bytes: Vec<u8>) -> MemoryReadLog {
        MemoryReadLog(PooledBuffer::owned(bytes))
    }

    /// A log in a pool's buffer.
    pub fn from_buffer(buffer: PooledBuffer) -> MemoryReadLog {
        MemoryReadLog(buffer)
    }

    /// The logged bytes.
    pub fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }
}

/// A run of steps that can be replayed alone.
#[derive(Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Number of this chunk in the trace, from 0.
    pub index: u64,
    /// The state before its first step.
    pub start: RegisterCheckpoint,
    /// How many steps it holds, at least 1.
    pub steps: u64,
    /// What its loads returned.
    pub log: MemoryReadLog,
}
