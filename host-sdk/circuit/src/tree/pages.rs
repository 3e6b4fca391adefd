//! A page: a complete subtree of the memory tree in two flat arrays, so that most accesses are no look-ups.

use crate::hash::{Digest, LeafWords, zero_digest};

/// Levels of a page above its leaves: 2^10 leaves, 32 KiB of words and 64 KiB of digests.
pub(super) const PAGE_HEIGHT: u32 = 10;
const LEAVES: usize = 1 << PAGE_HEIGHT;

#[derive(Clone, Debug)]
pub(super) struct Page {
    words: Vec<LeafWords>,
    /// The node at height h with number i in the page is at 2^(10 − h) + i.
    digests: Vec<Digest>,
}

impl Default for Page {
    fn default() -> Page {
        let mut digests = vec![zero_digest(0); 2 * LEAVES];
        for height in 0..=PAGE_HEIGHT {
            let first = LEAVES >> height;
            digests[first..2 * first].fill(zero_digest(height));
        }
        Page { words: vec![LeafWords::default(); LEAVES], digests }
    }
}

/// Where the node `index` of its level is in its page.
fn place(height: u32, index: u64) -> usize {
    let nodes = LEAVES >> height;
    nodes + index as usize % nodes
}

impl Page {
    pub(super) fn words(&self, leaf: u64) -> LeafWords {
        self.words[leaf as usize % LEAVES]
    }

    pub(super) fn set_words(&mut self, leaf: u64, words: LeafWords) {
        self.words[leaf as usize % LEAVES] = words;
    }

    pub(super) fn digest(&self, height: u32, index: u64) -> Digest {
        self.digests[place(height, index)]
    }

    pub(super) fn set_digest(&mut self, height: u32, index: u64, digest: Digest) {
        self.digests[place(height, index)] = digest;
    }
}
