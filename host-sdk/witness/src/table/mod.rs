//! Tables: what they are, their rows in memory, their files.

pub(crate) mod batches;
pub(crate) mod columns;
pub(crate) mod memory;
pub(crate) mod reader;
pub(crate) mod schema;
pub(crate) mod steps;
pub(crate) mod writer;
