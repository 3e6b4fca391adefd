//! What a segment opens of the tree: the leaves it touches and the nodes above them, before and after.

use std::collections::HashMap;

use crate::bus::HASH_INPUTS;
use crate::cells::TREE_HEIGHT;
use crate::field::F;
use crate::hash::{Digest, Domain, HashCall, LeafWords, hash_many, leaf_inputs, node_inputs};

use super::MemoryTree;

/// A node before or after the segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version<T> {
    /// Its digest.
    pub digest: Digest,
    /// What is hashed: a leaf's words, or a node's children.
    pub content: T,
}

/// A leaf that the segment touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenedLeaf {
    /// Its number.
    pub index: u64,
    /// Before the segment.
    pub old: Version<LeafWords>,
    /// After the segment.
    pub new: Version<LeafWords>,
}

/// A node above touched leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenedNode {
    /// Levels above the leaves.
    pub height: u32,
    /// Its number in its level.
    pub index: u64,
    /// Before the segment.
    pub old: Version<[Digest; 2]>,
    /// After the segment.
    pub new: Version<[Digest; 2]>,
    /// Whether its left and its right child are opened.
    pub opens: [bool; 2],
}

/// What a segment opens of the tree.
#[derive(Clone, Debug, Default)]
pub struct Openings {
    /// The touched leaves, ascending.
    pub leaves: Vec<OpenedLeaf>,
    /// The nodes above them, the root first.
    pub nodes: Vec<OpenedNode>,
    /// The hashes that they ask for, each once.
    pub hashes: Vec<HashCall>,
}

/// An opened node, as its parent sees it.
#[derive(Clone, Copy)]
struct Child {
    index: u64,
    old: Digest,
    new: Digest,
}

/// Collects hash calls.
#[derive(Default)]
struct Calls {
    calls: Vec<HashCall>,
    /// By digest: it stands for domain and inputs.
    places: HashMap<Digest, usize>,
}

impl Calls {
    fn add(&mut self, domain: Domain, inputs: [F; HASH_INPUTS], digest: Digest) {
        let place = *self.places.entry(digest).or_insert(self.calls.len());
        match self.calls.get_mut(place) {
            Some(call) => call.times += 1,
            None => self.calls.push(HashCall { domain, inputs, digest, times: 1 }),
        }
    }
}

impl MemoryTree {
    /// Opens `touched` leaves, which ascend strictly, and gives them these words.
    ///
    /// # Panics
    /// If the leaves do not ascend or are not below 2^28.
    pub fn advance(&mut self, touched: &[(u64, LeafWords)]) -> Openings {
        assert!(touched.is_sorted_by(|(a, _), (b, _)| a < b), "touched leaves ascend strictly");
        let mut calls = Calls::default();
        let leaves = self.advance_leaves(touched, &mut calls);
        let mut level: Vec<Child> =
            leaves.iter().map(|leaf| Child { index: leaf.index, old: leaf.old.digest, new: leaf.new.digest }).collect();
        let mut nodes = Vec::new();
        for height in 1..=TREE_HEIGHT {
            let opened = self.advance_level(height, &level, &mut calls);
            level.clear();
            level.extend(opened.iter().map(|it| Child { index: it.index, old: it.old.digest, new: it.new.digest }));
            nodes.extend(opened.into_iter().rev());
        }
        nodes.reverse();
        Openings { leaves, nodes, hashes: calls.calls }
    }

    fn advance_leaves(&mut self, touched: &[(u64, LeafWords)], calls: &mut Calls) -> Vec<OpenedLeaf> {
        let mut leaves: Vec<OpenedLeaf> = Vec::with_capacity(touched.len());
        for &(index, words) in touched {
            let old = Version { digest: self.digest(0, index), content: self.words(index) };
            leaves.push(OpenedLeaf { index, old, new: Version { digest: old.digest, content: words } });
            calls.add(Domain::Leaf, leaf_inputs(&old.content), old.digest);
        }
        let changed = leaves.iter_mut().filter(|leaf| leaf.old.content != leaf.new.content);
        let changed = changed.map(|leaf| (leaf_inputs(&leaf.new.content), &mut leaf.new.digest));
        rehash(Domain::Leaf, changed, calls);
        for leaf in &leaves {
            self.set_words(leaf.index, leaf.new.content);
            self.set_digest(0, leaf.index, leaf.new.digest);
        }
        leaves
    }

    /// The nodes of one level above opened `children`. Digests below this level are already the new ones.
    fn advance_level(&mut self, height: u32, children: &[Child], calls: &mut Calls) -> Vec<OpenedNode> {
        let mut nodes: Vec<OpenedNode> = Vec::new();
        let mut open = |index| {
            let siblings = [2 * index, 2 * index + 1].map(|child| self.digest(height - 1, child));
            let version = Version { digest: self.digest(height, index), content: siblings };
            nodes.push(OpenedNode { height, index, old: version, new: version, opens: [false; 2] });
        };
        let mut last = None;
        // The root is opened even if no leaf is.
        let root = (height == TREE_HEIGHT).then_some(0);
        for index in root.into_iter().chain(children.iter().map(|child| child.index / 2)) {
            if last.replace(index) != Some(index) {
                open(index);
            }
        }
        let mut at = 0;
        for child in children {
            at += usize::from(nodes[at].index != child.index / 2);
            let side = child.index as usize % 2;
            let node = &mut nodes[at];
            (node.opens[side], node.old.content[side], node.new.content[side]) = (true, child.old, child.new);
        }
        let inputs = |[left, right]: &[Digest; 2]| node_inputs(left, right);
        for node in &nodes {
            calls.add(Domain::Node, inputs(&node.old.content), node.old.digest);
        }
        let changed = nodes.iter_mut().filter(|node| node.old.content != node.new.content);
        rehash(Domain::Node, changed.map(|node| (inputs(&node.new.content), &mut node.new.digest)), calls);
        for node in &nodes {
            self.set_digest(height, node.index, node.new.digest);
        }
        nodes
    }
}

/// Hashes what changed, in one batch: `changed` are the inputs and where their digest goes.
fn rehash<'n>(domain: Domain, changed: impl Iterator<Item = ([F; HASH_INPUTS], &'n mut Digest)>, calls: &mut Calls) {
    let (inputs, digests): (Vec<_>, Vec<_>) = changed.unzip();
    for ((inputs, place), digest) in inputs.iter().zip(digests).zip(hash_many(domain, &inputs)) {
        *place = digest;
        calls.add(domain, *inputs, digest);
    }
}
