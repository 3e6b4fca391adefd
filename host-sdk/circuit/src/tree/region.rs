//! Regions that are whole subtrees, and the digests of subtrees that begin with given bytes.

use std::array;

use zkvm_abi::Region;

use crate::cells::LEAF_CELLS;
use crate::hash::{Digest, Domain, LeafWords, hash_many, leaf_inputs, node_inputs, zero_digest};

/// Bytes in a leaf.
pub(crate) const LEAF_BYTES: usize = LEAF_CELLS as usize * 8;

/// Height and number of the node whose leaves are exactly those of `region`.
pub(crate) const fn subtree(region: Region) -> (u32, u64) {
    let leaves = region.bytes() / LEAF_BYTES as u64;
    let first = region.start / LEAF_BYTES as u64;
    assert!(leaves.is_power_of_two() && first.is_multiple_of(leaves), "the region is no subtree");
    (leaves.ilog2(), first / leaves)
}

/// The words of the leaves that `bytes` fill, the last one filled up with zeros.
pub(crate) fn leaves(bytes: &[u8]) -> impl Iterator<Item = LeafWords> {
    bytes.chunks(LEAF_BYTES).map(|bytes| {
        let mut leaf = [0; LEAF_BYTES];
        leaf[..bytes.len()].copy_from_slice(bytes);
        let (words, _) = leaf.as_chunks::<8>();
        array::from_fn(|index| u64::from_le_bytes(words[index]))
    })
}

/// The digest of the subtree that belongs to `region` if the region begins with `bytes` and all after them is zero;
/// `None` if they do not fit.
///
/// # Panics
/// If the region is no subtree: its size must be a power of two and divide its start.
pub fn region_digest(region: Region, bytes: &[u8]) -> Option<Digest> {
    if bytes.len() as u64 > region.bytes() {
        return None;
    }
    let (height, _) = subtree(region);
    let inputs: Vec<_> = leaves(bytes).map(|words| leaf_inputs(&words)).collect();
    let mut level = hash_many(Domain::Leaf, &inputs);
    for height in 0..height {
        level = parents(&level, || zero_digest(height));
    }
    Some(level.first().copied().unwrap_or_else(|| zero_digest(height)))
}

/// The level above `level`, whose first node has an even number; `right` is asked for the last one's sibling if it has
/// none.
pub(crate) fn parents(level: &[Digest], right: impl FnOnce() -> Digest) -> Vec<Digest> {
    let (pairs, rest) = level.as_chunks::<2>();
    let mut inputs: Vec<_> = pairs.iter().map(|[left, right]| node_inputs(left, right)).collect();
    if let [last] = rest {
        inputs.push(node_inputs(last, &right()));
    }
    hash_many(Domain::Node, &inputs)
}
