//! The transcript: Blake3 over bytes, as Plonky3 has it, but that a proof of work is the least that passes. So the same
//! statement is proved by the same bytes, whatever the number of threads.

use p3_blake3::Blake3;
use p3_challenger::{ByteGrindingChallenger, CanObserve, CanSample, HashChallenger};

/// Candidates that are searched before the next ones are looked at: work for a few milliseconds.
const BLOCK: u64 = 1 << 18;

/// A transcript of bytes.
#[derive(Clone)]
pub struct Transcript(HashChallenger<u8, Blake3, 32>);

impl Transcript {
    /// Begins with `seed`.
    pub(crate) fn new(seed: [u8; 32]) -> Transcript {
        Transcript(HashChallenger::new(seed.to_vec(), Blake3))
    }
}

impl CanObserve<u8> for Transcript {
    fn observe(&mut self, value: u8) {
        self.0.observe(value);
    }

    fn observe_slice(&mut self, values: &[u8]) {
        self.0.observe_slice(values);
    }
}

impl CanSample<u8> for Transcript {
    fn sample(&mut self) -> u8 {
        self.0.sample()
    }

    fn sample_into_slice(&mut self, values: &mut [u8]) {
        self.0.sample_into_slice(values);
    }
}

impl ByteGrindingChallenger for Transcript {
    fn find_witness<const W: usize, const S: usize>(
        &self,
        num_candidates: u64,
        encode: impl Fn(u64) -> [u8; W] + Sync,
        accepts: impl Fn([u8; S]) -> bool + Sync,
    ) -> Option<u64> {
        let any_below = |first: u64, candidates: u64| {
            let found = self.0.find_witness(candidates, |candidate| encode(first + candidate), &accepts);
            found.map(|candidate| first + candidate)
        };
        let mut first = 0;
        while first < num_candidates {
            let mut least = any_below(first, BLOCK.min(num_candidates - first));
            while let Some(found) = least {
                match any_below(first, found - first) {
                    None => return Some(found),
                    smaller => least = smaller,
                }
            }
            first += BLOCK;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_witness_is_found() {
        let transcript = Transcript::new([7; 32]);
        let accepts = |bytes: [u8; 4]| u32::from_le_bytes(bytes) & 0x3ff == 0;
        let passes = |candidate: &u64| {
            let mut transcript = transcript.clone();
            transcript.observe_slice(&candidate.to_le_bytes());
            accepts(transcript.sample_array())
        };
        let least = (0..).find(passes).expect("one in a thousand passes");
        for _ in 0..20 {
            assert_eq!(transcript.find_witness(u64::MAX, u64::to_le_bytes, accepts), Some(least));
        }
    }
}
