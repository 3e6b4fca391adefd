//! The hash function of the memory tree: Poseidon2 over Goldilocks, width 12, with the published constants.
//!
//! `hash(domain, inputs) = permutation(inputs ‖ domain, 0, 0, 0)[0..4]`. The four elements after the inputs are the
//! capacity: they are fixed but for the domain, so the permutation cannot be run backwards from a digest. A digest has
//! 256 bits, hence collisions cost 2^128.

use std::array;
use std::sync::LazyLock;

use p3_field::{Field, PackedValue, PrimeCharacteristicRing};
use p3_goldilocks::{Poseidon2Goldilocks, default_goldilocks_poseidon2_12};
use p3_symmetric::Permutation;

use crate::bus::{DIGEST, HASH_INPUTS};
use crate::cells::{LEAF_CELLS, TREE_HEIGHT};
use crate::field::{F, halves};

/// Elements that the permutation works on.
pub const WIDTH: usize = 12;

/// What a node of the memory tree is known by.
pub type Digest = [F; DIGEST];

/// The words of a leaf, lowest cell first.
pub type LeafWords = [u64; LEAF_CELLS as usize];

/// What is hashed: no leaf can pass for an inner node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u64)]
pub enum Domain {
    /// Four words, as halves.
    Leaf = 1,
    /// Left digest, right digest.
    Node = 2,
}

/// A hash that a table asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCall {
    /// What is hashed.
    pub domain: Domain,
    /// The elements hashed.
    pub inputs: [F; HASH_INPUTS],
    /// Their digest.
    pub digest: Digest,
    /// How often it is asked for.
    pub times: u32,
}

type Packed = <F as Field>::Packing;

static PERMUTATION: LazyLock<Poseidon2Goldilocks<WIDTH>> = LazyLock::new(default_goldilocks_poseidon2_12);

/// Per height, the digest of a subtree whose words are all zero.
static ZERO: LazyLock<[Digest; TREE_HEIGHT as usize + 1]> = LazyLock::new(|| {
    let mut digests = [hash(Domain::Leaf, &leaf_inputs(&LeafWords::default())); TREE_HEIGHT as usize + 1];
    for height in 1..digests.len() {
        let child = digests[height - 1];
        digests[height] = hash(Domain::Node, &node_inputs(&child, &child));
    }
    digests
});

/// Digest of a subtree of `height` levels above its leaves whose words are all zero.
///
/// # Panics
/// If `height` is above that of the memory tree.
pub fn zero_digest(height: u32) -> Digest {
    ZERO[height as usize]
}

/// What is hashed of a leaf: [lo0, hi0, …, lo3, hi3].
pub fn leaf_inputs(words: &LeafWords) -> [F; HASH_INPUTS] {
    let [a, b, c, d] = words.map(halves);
    [a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1]]
}

/// What is hashed of an inner node.
pub fn node_inputs(left: &Digest, right: &Digest) -> [F; HASH_INPUTS] {
    joined(left, right)
}

/// Two digests, one after the other.
pub(crate) fn joined<T: Clone>(left: &[T; DIGEST], right: &[T; DIGEST]) -> [T; HASH_INPUTS] {
    array::from_fn(|index| if index < DIGEST { left[index].clone() } else { right[index - DIGEST].clone() })
}

/// The permutation's input.
pub(crate) fn sponge<T: PrimeCharacteristicRing>(domain: T, inputs: &[T; HASH_INPUTS]) -> [T; WIDTH] {
    array::from_fn(|index| match index {
        0..HASH_INPUTS => inputs[index].clone(),
        HASH_INPUTS => domain.clone(),
        _ => T::ZERO,
    })
}

/// The digest of `inputs`.
pub fn hash(domain: Domain, inputs: &[F; HASH_INPUTS]) -> Digest {
    let state = PERMUTATION.permute(sponge(F::from_u64(domain as u64), inputs));
    array::from_fn(|index| state[index])
}

/// The digest of each of `inputs`.
pub fn hash_many(domain: Domain, inputs: &[[F; HASH_INPUTS]]) -> Vec<Digest> {
    let mut digests = Vec::with_capacity(inputs.len());
    for lanes in inputs.chunks(Packed::WIDTH) {
        if let [one] = lanes {
            digests.push(hash(domain, one));
            continue;
        }
        // Lanes without an input repeat the first one.
        let packed = array::from_fn(|index| Packed::from_fn(|lane| lanes.get(lane).unwrap_or(&lanes[0])[index]));
        let state = PERMUTATION.permute(sponge(Packed::from(F::from_u64(domain as u64)), &packed));
        digests.extend((0..lanes.len()).map(|lane| array::from_fn(|index| state[index].extract(lane))));
    }
    digests
}

#[cfg(test)]
mod tests {
    use p3_goldilocks::{
        GOLDILOCKS_POSEIDON2_RC_12_EXTERNAL_FINAL, GOLDILOCKS_POSEIDON2_RC_12_EXTERNAL_INITIAL,
        GOLDILOCKS_POSEIDON2_RC_12_INTERNAL, MATRIX_DIAG_12_GOLDILOCKS,
    };

    use super::*;

    /// The permutation written out after the paper (eprint 2023/323, §6): matrices as sums, S-box as a power.
    fn permutation_of_the_paper(mut state: [F; WIDTH]) -> [F; WIDTH] {
        const M4: [[u64; 4]; 4] = [[2, 3, 1, 1], [1, 2, 3, 1], [1, 1, 2, 3], [3, 1, 1, 2]];
        let external = |state: [F; WIDTH]| -> [F; WIDTH] {
            array::from_fn(|row| {
                (0..WIDTH)
                    .map(|column| {
                        let twice = if row / 4 == column / 4 { 2 } else { 1 };
                        F::from_u64(twice * M4[row % 4][column % 4]) * state[column]
                    })
                    .sum()
            })
        };
        let power = |x: F| (0..7).map(|_| x).product::<F>();
        state = external(state);
        for constants in GOLDILOCKS_POSEIDON2_RC_12_EXTERNAL_INITIAL {
            state = external(array::from_fn(|i| power(state[i] + constants[i])));
        }
        for constant in GOLDILOCKS_POSEIDON2_RC_12_INTERNAL {
            state[0] = power(state[0] + constant);
            let sum: F = state.iter().copied().sum();
            state = array::from_fn(|i| MATRIX_DIAG_12_GOLDILOCKS[i] * state[i] + sum);
        }
        for constants in GOLDILOCKS_POSEIDON2_RC_12_EXTERNAL_FINAL {
            state = external(array::from_fn(|i| power(state[i] + constants[i])));
        }
        state
    }

    #[test]
    fn a_digest_is_the_start_of_the_papers_permutation() {
        for seed in 0..20u64 {
            let inputs = array::from_fn(|i| F::from_u64((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> i));
            for domain in [Domain::Leaf, Domain::Node] {
                let expected = permutation_of_the_paper(sponge(F::from_u64(domain as u64), &inputs));
                assert_eq!(hash(domain, &inputs), expected[..DIGEST]);
            }
        }
    }

    #[test]
    fn many_hashes_are_the_single_ones() {
        for count in 0..20u64 {
            let inputs: Vec<_> = (0..count).map(|n| array::from_fn(|i| F::from_u64(n << i))).collect();
            let single: Vec<_> = inputs.iter().map(|inputs| hash(Domain::Node, inputs)).collect();
            assert_eq!(hash_many(Domain::Node, &inputs), single);
        }
    }

    #[test]
    fn domains_and_positions_change_the_digest() {
        let words = [1, 2, 3, 4];
        let digest = hash(Domain::Leaf, &leaf_inputs(&words));
        assert_ne!(digest, hash(Domain::Node, &leaf_inputs(&words)));
        assert_ne!(digest, hash(Domain::Leaf, &leaf_inputs(&[2, 1, 3, 4])));
        assert_ne!(digest, hash(Domain::Leaf, &leaf_inputs(&[1 << 32, 2, 3, 4])));
    }
}
