//! The transcript: a chain of Blake3 over bytes, as Plonky3's `HashChallenger` has it, but that a chaining value is followed
//! by zeros: with a field element after it, it is one block of Blake3, so that candidates for a proof of work are hashed
//! many at once. And a proof of work is the least that passes, so the same statement is proved by the same bytes,
//! whatever the number of threads.

use p3_blake3::Blake3;
use p3_challenger::{ByteGrindingChallenger, CanObserve, CanSample};
use p3_maybe_rayon::prelude::*;
use p3_symmetric::CryptographicHasher;

/// Bytes of a block of Blake3.
const BLOCK_BYTES: usize = 64;

/// Blocks that are hashed at once.
const LANES: usize = <Blake3 as CryptographicHasher<u8, [u8; 32]>>::LANES;

/// Candidates that are searched before the next ones are looked at: work for a few milliseconds.
const STRETCH: u64 = 1 << 20;

/// A chaining value, filled up so that a field element of 8 bytes ends the block.
const STATE_BYTES: usize = BLOCK_BYTES - 8;

/// A transcript of bytes.
#[derive(Clone)]
pub struct Transcript {
    /// What the next digest is of: the state, and what was observed since.
    pending: Vec<u8>,
    /// What of the last digest was not drawn yet; challenges are drawn from its end.
    digest: Vec<u8>,
}

impl Transcript {
    /// Begins with `seed`.
    pub(crate) fn new(seed: [u8; 32]) -> Transcript {
        Transcript { pending: state(&seed), digest: Vec::new() }
    }
}

fn state(chaining_value: &[u8; 32]) -> Vec<u8> {
    let mut state = chaining_value.to_vec();
    state.resize(STATE_BYTES, 0);
    state
}

impl CanObserve<u8> for Transcript {
    fn observe(&mut self, value: u8) {
        self.observe_slice(&[value]);
    }

    fn observe_slice(&mut self, values: &[u8]) {
        if !values.is_empty() {
            self.digest.clear();
            self.pending.extend_from_slice(values);
        }
    }
}

impl CanSample<u8> for Transcript {
    fn sample(&mut self) -> u8 {
        if let Some(byte) = self.digest.pop() {
            return byte;
        }
        let digest = blake3::hash(&self.pending);
        self.pending = state(digest.as_bytes());
        self.digest.extend_from_slice(&digest.as_bytes()[..31]);
        digest.as_bytes()[31]
    }
}

impl ByteGrindingChallenger for Transcript {
    /// # Panics
    /// If something was observed since the last challenge, or if a candidate is not 8 bytes long: Plonky3 draws one before it
    /// searches, and what it searches is a field element.
    fn find_witness<const W: usize, const S: usize>(
        &self,
        num_candidates: u64,
        encode: impl Fn(u64) -> [u8; W] + Sync,
        accepts: impl Fn([u8; S]) -> bool + Sync,
    ) -> Option<u64> {
        let state: [u8; STATE_BYTES] =
            self.pending.as_slice().try_into().expect("nothing observed since the last draw");
        let passing = |first: u64| {
            let mut blocks = [[0; BLOCK_BYTES]; LANES];
            for (block, candidate) in blocks.iter_mut().zip(first..) {
                block[..STATE_BYTES].copy_from_slice(&state);
                block[STATE_BYTES..].copy_from_slice(&encode(candidate));
            }
            let mut digests = [[0; 32]; LANES];
            Blake3.hash_many(blocks.as_flattened(), &mut digests);
            let mut drawn = digests.into_iter().map(|digest| std::array::from_fn(|byte| digest[31 - byte]));
            let lane = drawn.position(&accepts)?;
            Some(first + lane as u64).filter(|&candidate| candidate < num_candidates)
        };
        let batches = num_candidates.div_ceil(LANES as u64);
        let stretch = STRETCH / LANES as u64;
        (0..batches.div_ceil(stretch)).find_map(|at| {
            let batches = at * stretch..batches.min((at + 1) * stretch);
            batches.into_par_iter().filter_map(|batch| passing(batch * LANES as u64)).min()
        })
    }
}

#[cfg(test)]
mod tests {
    use p3_challenger::HashChallenger;

    use super::*;

    fn drawn_from(seed: u8) -> Transcript {
        let mut transcript = Transcript::new([seed; 32]);
        transcript.sample();
        transcript
    }

    #[test]
    fn the_least_witness_is_found() {
        let accepts = |bytes: [u8; 8]| u64::from_le_bytes(bytes) & 0x3ff == 0;
        for seed in 0..20 {
            let transcript = drawn_from(seed);
            let passes = |candidate: &u64| {
                let mut transcript = transcript.clone();
                transcript.observe_slice(&candidate.to_le_bytes());
                accepts(transcript.sample_array())
            };
            let least = (0..).find(passes).expect("one in a thousand passes");
            assert_eq!(transcript.find_witness(u64::MAX, u64::to_le_bytes, accepts), Some(least));
            assert_eq!(transcript.find_witness(least + 1, u64::to_le_bytes, accepts), Some(least));
            assert_eq!(transcript.find_witness(least, u64::to_le_bytes, accepts), None);
        }
    }

    #[test]
    fn it_is_plonky3s_but_for_the_zeros() {
        let mut ours = Transcript::new([3; 32]);
        let mut theirs = HashChallenger::new([3; 32].to_vec(), Blake3);
        for (observed, drawn) in [(8, 5), (1, 1), (8, 32), (100, 16), (3000, 7)] {
            let bytes: Vec<u8> = (0..observed).map(|byte| byte as u8).collect();
            ours.observe_slice(&bytes);
            theirs.observe_slice(&[0; STATE_BYTES - 32]);
            theirs.observe_slice(&bytes);
            assert_eq!(ours.sample_vec(drawn), theirs.sample_vec(drawn));
        }
    }

    #[test]
    fn a_challenge_depends_on_where_the_ones_before_were_drawn() {
        let after = |draws: &[usize]| {
            let mut transcript = Transcript::new([7; 32]);
            for &bytes in draws {
                transcript.observe_slice(&[1; 8]);
                transcript.sample_vec(bytes);
            }
            transcript.observe_slice(&[1; 8]);
            transcript.sample_array::<8>()
        };
        assert_ne!(after(&[0, 1]), after(&[1, 1]));
        assert_ne!(after(&[1]), after(&[1, 1]));
        assert_ne!(after(&[32]), after(&[33]));
    }
}
