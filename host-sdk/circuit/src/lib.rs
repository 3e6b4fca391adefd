//! What prover and verifier must agree on: the tables with their columns, constraints and messages, the parameters of
//! the proof system, and the verifying key. `docs/proof-system.md` is the specification.

pub mod bus;
pub mod cells;
pub mod check;
mod chip;
mod config;
mod machine;
pub mod chips;
mod columns;
mod counts;
mod field;
mod op;
pub mod security;

pub use chip::{Chip, ChipId, Table};
pub use config::{BatchProof, COMMITMENT_BYTES, Commitment, Config, Parameters, Pcs};
pub use machine::Machine;
pub use counts::Counts;
pub use field::{EF, F, Halves, bytes, halves, limbs};
pub use op::{NarrowCall, NarrowOp, Op, UnitCall};
