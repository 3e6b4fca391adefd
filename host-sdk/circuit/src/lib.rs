//! What prover and verifier must agree on: the tables with their columns, constraints and messages, the parameters of
//! the proof system, and the verifying key. `docs/proof-system.md` is the specification.

pub mod bus;
pub mod cells;
pub mod check;
mod chip;
pub mod chips;
mod columns;
mod config;
mod counts;
mod field;
mod hash;
pub mod image;
mod key;
mod machine;
mod op;
mod proof;
pub mod security;
pub mod statement;
mod transcript;
pub mod tree;

pub use chip::{Chip, ChipId, Table};
pub use config::{BatchProof, COMMITMENT_BYTES, Challenger, Commitment, Config, Parameters, Pcs};
pub use counts::Counts;
pub use field::{EF, F, Halves, bytes, halves, limbs};
pub use hash::{Digest, Domain, HashCall, LeafWords};
pub use key::{KEY_MAGIC, KeyError, Setup, VerifyingKey, setup};
pub use machine::Machine;
pub use op::{NarrowCall, NarrowOp, Op, UnitCall};
pub use proof::{Checkpoint, PROOF_MAGIC, PROOF_VERSION, Proof, ProofError, SegmentProof, public_values};
pub use statement::{FinalOpening, InitialMemory, OpeningError};
