//! The minimal trace: all that replay needs besides the program. Chunks, each with a register checkpoint and the values
//! its loads returned, and how the run ended. `docs/trace-format.md` is the normative description of the file.
//!
//! ```
//! use zkvm_trace::{TraceReader, TraceError};
//! assert!(matches!(TraceReader::new(b"not a trace"), Err(TraceError::NotATrace { .. })));
//! ```

mod chunk;
mod codec;
mod log_reader;
mod pool;

pub use chunk::{CHUNK_STEPS, Chunk, MemoryReadLog, RegisterCheckpoint};
pub use codec::{ChunkView, TraceEnd, TraceError, TraceReader, TraceWriter};
pub use log_reader::LogReader;
pub use pool::{BufferPool, PooledBuffer};
