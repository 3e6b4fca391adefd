//! A proof: what is claimed, and the proof of each segment. Plain data and its encoding.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::chip::ChipId;
use crate::config::BatchProof;
use crate::field::F;
use crate::hash::Digest;
use crate::statement::FinalOpening;

/// First bytes of a proof file.
pub const PROOF_MAGIC: [u8; 8] = *b"zkvmprf\0";

/// Version of the encoding and of the circuit: a proof of another version is refused.
pub const PROOF_VERSION: u32 = 2;

const HEADER_BYTES: usize = PROOF_MAGIC.len() + 4 + 32;

/// A proof that a program halted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Proof {
    /// Digest of the verifying key it was made for.
    pub key: [u8; 32],
    /// The input's commitment.
    pub input: Digest,
    /// The public output.
    pub output: Vec<u8>,
    /// The exit code.
    pub exit_code: u32,
    /// What binds output and exit code to the last segment's root.
    pub opening: FinalOpening,
    /// The segments, in order.
    pub segments: Vec<SegmentProof>,
}

/// The proof of a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentProof {
    /// Where the segment ends.
    pub end: Checkpoint,
    /// The chips that have rows in it, ascending, by number of their [`ChipId`].
    pub chips: Vec<u8>,
    /// [`BatchProof`], encoded.
    pub proof: Vec<u8>,
}

/// A point between two segments: where the machine is, and the root of all its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Address of the next instruction, or [`crate::cells::HALTED`].
    pub pc: u64,
    /// Root of the memory tree.
    pub root: Digest,
}

/// Why bytes are no proof.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProofError {
    /// The first bytes are others.
    #[error("this is not a proof file (it does not begin with the mark of one)")]
    Magic,
    /// Made by another version.
    #[error("the proof has version {actual}, this verifier reads version {PROOF_VERSION}")]
    Version {
        /// The file's.
        actual: u32,
    },
    /// The checksum does not fit.
    #[error("the proof file is damaged or cut off: its checksum does not fit its {bytes} bytes")]
    Checksum {
        /// Length of the file.
        bytes: usize,
    },
    /// The content is malformed.
    #[error("the proof is malformed")]
    Malformed,
    /// There is something after the proof.
    #[error("{bytes} bytes too many at the end of the proof")]
    Trailing {
        /// How many.
        bytes: usize,
    },
}

impl Proof {
    /// The proof as the content of a file.
    pub fn encode(&self) -> Vec<u8> {
        let body = encode(self);
        let mut bytes = Vec::with_capacity(HEADER_BYTES + body.len());
        bytes.extend(PROOF_MAGIC);
        bytes.extend(PROOF_VERSION.to_le_bytes());
        bytes.extend(blake3::hash(&body).as_bytes());
        bytes.extend(body);
        bytes
    }

    /// The proof in a file's content.
    ///
    /// # Errors
    /// [`ProofError`]; every byte of the file is accounted for.
    pub fn decode(bytes: &[u8]) -> Result<Proof, ProofError> {
        let rest = bytes.strip_prefix(&PROOF_MAGIC).ok_or(ProofError::Magic)?;
        let damaged = ProofError::Checksum { bytes: bytes.len() };
        let (version, rest) = rest.split_first_chunk::<4>().ok_or(damaged.clone())?;
        let actual = u32::from_le_bytes(*version);
        if actual != PROOF_VERSION {
            return Err(ProofError::Version { actual });
        }
        let (checksum, body) = rest.split_first_chunk::<32>().ok_or(damaged.clone())?;
        if blake3::hash(body).as_bytes() != checksum {
            return Err(damaged);
        }
        decode(body)
    }
}

impl SegmentProof {
    /// Packs what Plonky3 made.
    pub fn new(end: Checkpoint, chips: &[ChipId], proof: &BatchProof) -> SegmentProof {
        SegmentProof { end, chips: chips.iter().map(|&chip| chip as u8).collect(), proof: encode(proof) }
    }

    /// Unpacks it.
    ///
    /// # Errors
    /// [`ProofError`]
    pub fn batch(&self) -> Result<BatchProof, ProofError> {
        decode(&self.proof)
    }
}

/// The public values of the chip that holds a segment's statement, in its order.
pub fn public_values(start: &Checkpoint, end: &Checkpoint) -> Vec<F> {
    use p3_field::PrimeCharacteristicRing;
    let pcs = [F::from_u64(start.pc), F::from_u64(end.pc)];
    pcs.into_iter().chain(start.root).chain(end.root).collect()
}

fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_allocvec(value).expect("plain data in memory can always be encoded")
}

fn decode<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<T, ProofError> {
    let (value, rest) = postcard::take_from_bytes(bytes).map_err(|_| ProofError::Malformed)?;
    if rest.is_empty() { Ok(value) } else { Err(ProofError::Trailing { bytes: rest.len() }) }
}
