//! Proof → public values. Takes every byte of a proof as hostile: checks the list of tables, every height, the level of
//! security that follows from them, the chain of segments from the program's first state to its halt, and what it says
//! the output and the exit code are.

mod error;
mod segment;

pub use error::VerifyError;
pub use zkvm_circuit::{Digest, KeyError, Proof, ProofError, VerifyingKey};

use segment::Verifier;
use zkvm_circuit::cells::HALTED;
use zkvm_circuit::{Checkpoint, statement};

/// What a proof proves of a run of the program.
#[derive(Clone, Debug, PartialEq)]
pub struct PublicValues {
    /// The code the program exited with.
    pub exit_code: u32,
    /// The public output.
    pub output: Vec<u8>,
    /// The commitment to the input; [`zkvm_circuit::tree::region_digest`] computes it from an input.
    pub input: Digest,
    /// Number of segments.
    pub segments: usize,
    /// Proven bits of security: the least of all segments.
    pub security_bits: f64,
}

/// Verifies that the program of `key` halted as `proof` says.
///
/// # Errors
/// [`VerifyError`], which says what is wrong, and where.
pub fn verify(key: &VerifyingKey, proof: &Proof) -> Result<PublicValues, VerifyError> {
    let mut verifier = Verifier::new(key)?;
    if proof.key != verifier.digest() {
        return Err(VerifyError::OtherProgram { proof: proof.key, key: verifier.digest() });
    }
    if proof.segments.is_empty() {
        return Err(VerifyError::NoSegments);
    }
    let mut at = Checkpoint { pc: key.entry, root: key.memory.root(&proof.input) };
    let mut security_bits = f64::INFINITY;
    for (index, segment) in proof.segments.iter().enumerate() {
        if segment.end.pc > HALTED {
            return Err(VerifyError::Pc { segment: index, pc: segment.end.pc });
        }
        security_bits = security_bits.min(verifier.segment(index, &at, segment)?);
        at = segment.end;
    }
    if at.pc != HALTED {
        return Err(VerifyError::NotHalted { pc: at.pc });
    }
    statement::check(&proof.opening, &at.root, &proof.output, proof.exit_code)?;
    Ok(PublicValues {
        exit_code: proof.exit_code,
        output: proof.output.clone(),
        input: proof.input,
        segments: proof.segments.len(),
        security_bits,
    })
}
