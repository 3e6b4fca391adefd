use std::collections::BTreeMap;

use zkvm_abi::{INPUT, OUTPUT, Region};

use super::testing::{Segment, words};
use super::*;
use crate::chips::testing::Random;
use crate::hash::hash;

/// The root by its definition: every node that is not all zero is hashed.
fn naive(height: u32, index: u64, leaves: &BTreeMap<u64, LeafWords>, zero: &[Digest]) -> Digest {
    if leaves.range(index << height..(index + 1) << height).next().is_none() {
        return zero[height as usize];
    }
    if height == 0 {
        return hash(Domain::Leaf, &leaf_inputs(&leaves[&index]));
    }
    let [left, right] = [0, 1].map(|side| naive(height - 1, 2 * index + side, leaves, zero));
    hash(Domain::Node, &node_inputs(&left, &right))
}

fn naive_root(leaves: &BTreeMap<u64, LeafWords>) -> Digest {
    naive(TREE_HEIGHT, 0, leaves, &zeros())
}

fn zeros() -> Vec<Digest> {
    let leaf = hash(Domain::Leaf, &leaf_inputs(&[0; 4]));
    let zeros = std::iter::successors(Some(leaf), |child| Some(hash(Domain::Node, &node_inputs(child, child))));
    zeros.take(TREE_HEIGHT as usize + 1).collect()
}

fn cells(leaves: &BTreeMap<u64, LeafWords>) -> impl Iterator<Item = (u64, u64)> {
    leaves.iter().flat_map(|(leaf, words)| (0..).zip(words).map(move |(cell, &word)| (leaf * LEAF_CELLS + cell, word)))
}

#[test]
fn roots_are_those_of_the_definition_after_every_update() {
    let mut random = Random(1);
    let mut leaves: BTreeMap<u64, LeafWords> = BTreeMap::new();
    for bits in [0, 3, 11, 20, 28] {
        leaves.extend((0..20).map(|_| (random.next() % (1 << bits), words(&mut random))));
    }
    leaves.insert((1 << TREE_HEIGHT) - 1, [1; 4]);
    let mut tree = MemoryTree::new(cells(&leaves));
    assert_eq!(MemoryTree::default().root(), zeros()[TREE_HEIGHT as usize]);
    assert_eq!(tree.root(), naive_root(&leaves));
    for _ in 0..3 {
        let changed: BTreeMap<u64, LeafWords> = leaves
            .keys()
            .chain([&(random.next() % (1 << TREE_HEIGHT))])
            .filter(|leaf| *leaf % 3 == 0)
            .map(|&leaf| (leaf, words(&mut random)))
            .collect();
        leaves.extend(changed.clone());
        // The two ways to bring a tree up to date agree.
        let mut advanced = tree.clone();
        advanced.advance(&changed.clone().into_iter().collect::<Vec<_>>());
        tree.update(changed);
        assert_eq!(tree.root(), naive_root(&leaves));
        assert_eq!(advanced.root(), tree.root());
        assert!(leaves.iter().all(|(&leaf, words)| tree.words(leaf) == *words && advanced.words(leaf) == *words));
    }
}

#[test]
fn cells_in_any_order_make_the_same_tree() {
    let leaves = BTreeMap::from([(3, [1, 2, 3, 4]), (1 << 20, [5, 0, 0, 6]), (REGISTERS, [9; 4])]);
    const REGISTERS: u64 = crate::cells::REGISTER_LEAF;
    let mut cells: Vec<_> = cells(&leaves).collect();
    let root = MemoryTree::new(cells.clone()).root();
    cells.reverse();
    assert_eq!(MemoryTree::new(cells.clone()).root(), root);
    cells.sort_unstable_by_key(|(cell, _)| cell % 4);
    assert_eq!(MemoryTree::new(cells).root(), root);
}

#[test]
fn a_regions_digest_is_that_of_its_node() {
    let mut random = Random(2);
    for region in [INPUT, OUTPUT, Region { start: 0x40, end: 0x80 }] {
        for length in [0, 1, 8, 31, 32, 33, 64, 100, 5000] {
            let bytes: Vec<u8> = (0..length).map(|_| random.next() as u8).collect();
            let tree = MemoryTree::new(crate::image::byte_cells(region.start, &bytes));
            let (height, index) = region::subtree(region);
            let fits = length as u64 <= region.bytes();
            assert_eq!(region_digest(region, &bytes), fits.then(|| tree.digest(height, index)), "{length} bytes");
        }
    }
    assert_eq!((region::subtree(INPUT), region::subtree(OUTPUT)), ((24, 1), (23, 1)));
}

#[test]
fn every_hash_is_listed_once_with_its_number_of_uses() {
    let segment = Segment::random(3);
    let mut uses: BTreeMap<(Domain, Vec<u64>), u32> = BTreeMap::new();
    let mut add = |domain, inputs: [crate::F; 8], digest| {
        assert_eq!(hash(domain, &inputs), digest);
        *uses.entry((domain, inputs.map(|it| p3_field::PrimeField64::as_canonical_u64(&it)).to_vec())).or_default() +=
            1;
    };
    for leaf in &segment.openings.leaves {
        add(Domain::Leaf, leaf_inputs(&leaf.old.content), leaf.old.digest);
        if leaf.old.content != leaf.new.content {
            add(Domain::Leaf, leaf_inputs(&leaf.new.content), leaf.new.digest);
        }
    }
    for node in &segment.openings.nodes {
        let mut versions = vec![node.old, node.new];
        versions.dedup();
        versions.iter().for_each(|it| add(Domain::Node, node_inputs(&it.content[0], &it.content[1]), it.digest));
    }
    assert_eq!(uses.len(), segment.openings.hashes.len());
    for call in &segment.openings.hashes {
        let inputs = call.inputs.map(|it| p3_field::PrimeField64::as_canonical_u64(&it)).to_vec();
        assert_eq!(uses[&(call.domain, inputs)], call.times);
    }
}

#[test]
fn a_segment_that_touches_nothing_opens_the_root() {
    let mut tree = MemoryTree::new([(5, 6)]);
    let openings = tree.advance(&[]);
    assert_eq!((openings.nodes.len(), openings.leaves.len(), openings.hashes.len()), (1, 0, 1));
    assert_eq!(openings.nodes[0].old.digest, tree.root());
}
