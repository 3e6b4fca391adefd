//! The memory tree: a binary hash tree over all cells, four to a leaf, 2^28 leaves. Its root stands for the whole state
//! of the machine between two segments. Only what differs from zero is stored.

mod openings;
mod pages;
pub(crate) mod region;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::cells::{LEAF_CELLS, TREE_HEIGHT};
use crate::hash::{Digest, Domain, LeafWords, hash_many, leaf_inputs, node_inputs, zero_digest};

pub use openings::{OpenedLeaf, OpenedNode, Openings, Version};
pub use region::region_digest;

use pages::{PAGE_HEIGHT, Page};

/// A memory tree.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    /// Subtrees of [`PAGE_HEIGHT`] levels, by number.
    pages: HashMap<u64, Page>,
    /// Nodes above the pages, by height and number.
    upper: HashMap<(u32, u64), Digest>,
}

impl MemoryTree {
    /// The tree in which these cells hold these words and all others zero.
    ///
    /// # Panics
    /// If a cell's number is not below 2^30.
    pub fn new(cells: impl IntoIterator<Item = (u64, u64)>) -> MemoryTree {
        let mut tree = MemoryTree::default();
        let mut leaves: Vec<u64> = Vec::new();
        for (cell, word) in cells {
            let leaf = cell / LEAF_CELLS;
            let mut words = tree.words(leaf);
            words[(cell % LEAF_CELLS) as usize] = word;
            tree.set_words(leaf, words);
            if leaves.last() != Some(&leaf) {
                leaves.push(leaf);
            }
        }
        leaves.sort_unstable();
        leaves.dedup();
        tree.rehash(leaves);
        tree
    }

    /// The root.
    pub fn root(&self) -> Digest {
        self.digest(TREE_HEIGHT, 0)
    }

    /// The digest of a node: levels above the leaves, number in its level.
    pub fn digest(&self, height: u32, index: u64) -> Digest {
        let stored = if height <= PAGE_HEIGHT {
            self.pages.get(&(index >> (PAGE_HEIGHT - height))).map(|page| page.digest(height, index))
        } else {
            self.upper.get(&(height, index)).copied()
        };
        stored.unwrap_or_else(|| zero_digest(height))
    }

    /// The words of a leaf.
    pub fn words(&self, leaf: u64) -> LeafWords {
        self.pages.get(&(leaf >> PAGE_HEIGHT)).map_or(LeafWords::default(), |page| page.words(leaf))
    }

    /// Gives leaves new words; a leaf may occur once.
    ///
    /// # Panics
    /// If a leaf's number is not below 2^28.
    pub fn update(&mut self, leaves: impl IntoIterator<Item = (u64, LeafWords)>) {
        let mut changed = Vec::new();
        for (leaf, words) in leaves {
            if self.words(leaf) != words {
                self.set_words(leaf, words);
                changed.push(leaf);
            }
        }
        changed.sort_unstable();
        self.rehash(changed);
    }

    fn set_words(&mut self, leaf: u64, words: LeafWords) {
        assert!(leaf < 1 << TREE_HEIGHT, "leaf {leaf:#x} lies outside of the tree");
        self.pages.entry(leaf >> PAGE_HEIGHT).or_default().set_words(leaf, words);
    }

    fn set_digest(&mut self, height: u32, index: u64, digest: Digest) {
        if height <= PAGE_HEIGHT {
            self.pages.entry(index >> (PAGE_HEIGHT - height)).or_default().set_digest(height, index, digest);
        } else {
            self.upper.insert((height, index), digest);
        }
    }

    /// Recomputes the paths of `changed` leaves, which ascend strictly.
    fn rehash(&mut self, mut changed: Vec<u64>) {
        let leaves: Vec<_> = changed.iter().map(|&leaf| leaf_inputs(&self.words(leaf))).collect();
        self.store(0, &changed, &hash_many(Domain::Leaf, &leaves));
        for height in 1..=TREE_HEIGHT {
            changed.iter_mut().for_each(|index| *index /= 2);
            changed.dedup();
            let child = |index| self.digest(height - 1, index);
            let nodes: Vec<_> =
                changed.iter().map(|node| node_inputs(&child(2 * node), &child(2 * node + 1))).collect();
            self.store(height, &changed, &hash_many(Domain::Node, &nodes));
        }
    }

    fn store(&mut self, height: u32, indices: &[u64], digests: &[Digest]) {
        for (&index, &digest) in indices.iter().zip(digests) {
            self.set_digest(height, index, digest);
        }
    }
}
