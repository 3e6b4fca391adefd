//! Which cells a segment touches, and when it last did.

use std::collections::HashSet;

use zkvm_circuit::cells::{LEAF_CELLS, MAX_GAP, RAM_CELLS, TREE_HEIGHT};

const PAGE_CELLS: u64 = 512;
/// Pages of guest memory and one for the registers.
const PAGES: usize = (RAM_CELLS / PAGE_CELLS) as usize + 1;

struct Page {
    number: u64,
    /// Time of the last access; 0 = none.
    last: [u64; PAGE_CELLS as usize],
    /// A bit per leaf.
    touched: u128,
    /// A bit per leaf.
    written: u128,
}

/// The cells one segment touches.
pub(super) struct Touched {
    /// One more than a page's place in `pages`; 0 = not touched. Untouched parts of it take no memory.
    places: Vec<u32>,
    pages: Vec<Page>,
    /// Nodes above touched leaves, each as its number in a heap whose root is 1.
    nodes: HashSet<u64>,
    leaves: usize,
}

/// What an access costs besides its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The last access is so long ago that a bridge is needed.
    pub(super) bridged: bool,
    /// The first access to the leaf.
    pub(super) opened: bool,
}

/// What is opened of the memory tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct OpenedTree {
    pub(super) nodes: u64,
    pub(super) hashes: u64,
}

impl OpenedTree {
    pub(super) fn hash_rows(&self) -> u64 {
        /// Rows of a permutation in `poseidon2`.
        const HASH_ROWS: u64 = 4;
        HASH_ROWS * self.hashes
    }
}

impl Touched {
    pub(super) fn new() -> Touched {
        Touched { places: vec![0; PAGES], pages: Vec::new(), nodes: HashSet::new(), leaves: 0 }
    }

    /// An access to `cell` at time `now`.
    #[inline]
    pub(super) fn access(&mut self, cell: u64, now: u64, writes: bool) -> Found {
        let page = self.page(cell / PAGE_CELLS);
        let at = (cell % PAGE_CELLS) as usize;
        let before = std::mem::replace(&mut page.last[at], now);
        let leaf = 1 << (at / LEAF_CELLS as usize);
        let opened = page.touched & leaf == 0;
        page.touched |= leaf;
        page.written |= if writes { leaf } else { 0 };
        if opened {
            self.open(cell / LEAF_CELLS);
        }
        Found { bridged: before != 0 && now - before > MAX_GAP, opened }
    }

    #[cold]
    fn open(&mut self, leaf: u64) {
        self.leaves += 1;
        let mut node = ((1 << TREE_HEIGHT) | leaf) / 2;
        while self.nodes.insert(node) && node > 1 {
            node /= 2;
        }
    }

    /// Leaves and nodes of the memory tree that are opened so far.
    pub(super) fn opened(&self) -> usize {
        self.leaves + self.nodes.len()
    }

    #[inline]
    fn page(&mut self, number: u64) -> &mut Page {
        let place = &mut self.places[number as usize];
        if *place == 0 {
            self.pages.push(Page { number, last: [0; PAGE_CELLS as usize], touched: 0, written: 0 });
            *place = self.pages.len() as u32;
        }
        &mut self.pages[*place as usize - 1]
    }

    /// The nodes above the touched leaves, and the hashes of both: one each, and another if something below is written. What
    /// follows is another segment.
    pub(super) fn end_segment(&mut self) -> OpenedTree {
        let opened = self.tree();
        self.pages.drain(..).for_each(|page| self.places[page.number as usize] = 0);
        self.nodes.clear();
        self.leaves = 0;
        opened
    }

    fn tree(&mut self) -> OpenedTree {
        self.pages.sort_unstable_by_key(|page| page.number);
        let leaves_of = |page: &Page| {
            let (number, touched, written) = (page.number, page.touched, page.written);
            let leaves = (0..PAGE_CELLS / LEAF_CELLS).filter(move |leaf| touched >> leaf & 1 == 1);
            leaves.map(move |leaf| (number * (PAGE_CELLS / LEAF_CELLS) + leaf, written >> leaf & 1 == 1))
        };
        let mut level: Vec<(u64, bool)> = self.pages.iter().flat_map(leaves_of).collect();
        let hashes = |level: &[(u64, bool)]| level.iter().map(|(_, written)| 1 + u64::from(*written)).sum::<u64>();
        let mut opened = OpenedTree { nodes: 0, hashes: hashes(&level) };
        for _ in 0..TREE_HEIGHT {
            level.iter_mut().for_each(|(index, _)| *index /= 2);
            level.dedup_by(|next, kept| {
                kept.1 |= kept.0 == next.0 && next.1;
                kept.0 == next.0
            });
            opened.nodes += level.len() as u64;
            opened.hashes += hashes(&level);
        }
        opened
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_is_opened_once_and_long_gaps_are_bridged() {
        let mut touched = Touched::new();
        assert_eq!(touched.access(8, 1, false), Found { bridged: false, opened: true });
        assert_eq!(touched.access(9, 2, true), Found { bridged: false, opened: false });
        assert_eq!(touched.access(9, 2 + MAX_GAP, false), Found { bridged: false, opened: false });
        assert_eq!(touched.access(9, 3 + 2 * MAX_GAP, false), Found { bridged: true, opened: false });
    }

    #[test]
    fn nodes_are_shared_and_written_ones_hashed_twice() {
        let mut touched = Touched::new();
        touched.access(0, 1, false);
        assert_eq!(touched.tree(), OpenedTree { nodes: 28, hashes: 29 });
        // Its sibling: another leaf, no other node.
        touched.access(4, 2, true);
        assert_eq!(touched.tree(), OpenedTree { nodes: 28, hashes: 1 + 2 + 2 * 28 });
        // The other end of memory: only the root is shared.
        touched.access(RAM_CELLS, 3, false);
        assert_eq!(touched.opened(), 3 + 28 + 27);
        assert_eq!(touched.end_segment(), OpenedTree { nodes: 28 + 27, hashes: 3 + 1 + 2 * 28 + 27 });
        assert_eq!(touched.opened(), 0);
        assert!(touched.access(0, 1, false).opened);
    }
}
