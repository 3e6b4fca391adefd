//! Every cell's value and the time of its last access: what the accesses of a segment are stitched with, in order.

use std::collections::HashSet;

use zkvm_circuit::cells::{LEAF_CELLS, MAX_GAP, RAM_CELLS, TREE_HEIGHT};
use zkvm_circuit::chips::leaf::LeafStep;
use zkvm_circuit::chips::program::LeafRegion;

const PAGE_CELLS: u64 = 512;
const PAGE_LEAVES: usize = (PAGE_CELLS / LEAF_CELLS) as usize;
/// Pages of guest memory and one for the registers.
const PAGES: usize = (RAM_CELLS / PAGE_CELLS) as usize + 1;

#[derive(Clone)]
struct Page {
    words: [u64; PAGE_CELLS as usize],
    /// Time of the last access in the segment; 0 = none.
    last: [u64; PAGE_CELLS as usize],
    /// One more than the leaf's place in `CellMemory::leaves`; 0 = not touched.
    places: [u32; PAGE_LEAVES],
    /// The segment in which `last` and `places` were written.
    segment: u64,
}

impl Page {
    fn new() -> Box<Page> {
        Box::new(Page {
            words: [0; PAGE_CELLS as usize],
            last: [0; PAGE_CELLS as usize],
            places: [0; PAGE_LEAVES],
            segment: 0,
        })
    }
}

/// What an access found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The value.
    pub(super) value: u64,
    /// When it was left there, or bridged to.
    pub(super) before: u64,
    /// When it was left there, if that is too long ago and a bridge is needed.
    pub(super) bridged: Option<u64>,
}

/// All cells, sparse.
pub(super) struct CellMemory {
    pages: Vec<Option<Box<Page>>>,
    segment: u64,
    /// Nodes of the memory tree above touched leaves, each as its number in a heap whose root is 1.
    opened: HashSet<u64>,
    /// Leaves touched in this segment, in order of first touch: number, words before, time before each cell's first access.
    leaves: Vec<(u64, [u64; LEAF_CELLS as usize], [u64; LEAF_CELLS as usize])>,
}

impl CellMemory {
    /// All cells zero.
    pub(super) fn new() -> CellMemory {
        CellMemory { pages: vec![None; PAGES], segment: 1, opened: HashSet::new(), leaves: Vec::new() }
    }

    fn page(&mut self, cell: u64) -> (&mut Page, usize) {
        let page = self.pages[(cell / PAGE_CELLS) as usize].get_or_insert_with(Page::new);
        (page, (cell % PAGE_CELLS) as usize)
    }

    /// Sets a cell's value, outside of time.
    pub(super) fn put(&mut self, cell: u64, value: u64) {
        let (page, at) = self.page(cell);
        page.words[at] = value;
    }

    /// Accesses a cell at time `now`.
    pub(super) fn access(&mut self, cell: u64, now: u64) -> Found {
        let segment = self.segment;
        let places = self.leaves.len() as u32;
        let (page, at) = self.page(cell);
        if page.segment != segment {
            page.segment = segment;
            page.last.fill(0);
            page.places.fill(0);
        }
        let value = page.words[at];
        let before = std::mem::replace(&mut page.last[at], now);
        if before != 0 {
            let far = now - before > MAX_GAP;
            return if far {
                Found { value, before: now - 1, bridged: Some(before) }
            } else {
                Found { value, before, bridged: None }
            };
        }
        let leaf = at / LEAF_CELLS as usize;
        let mut place = page.places[leaf];
        if place == 0 {
            place = places + 1;
            page.places[leaf] = place;
            let words = core::array::from_fn(|index| page.words[leaf * LEAF_CELLS as usize + index]);
            self.leaves.push((cell / LEAF_CELLS, words, [0; LEAF_CELLS as usize]));
            let mut node = ((1 << TREE_HEIGHT) | (cell / LEAF_CELLS)) / 2;
            while self.opened.insert(node) && node > 1 {
                node /= 2;
            }
        }
        self.leaves[place as usize - 1].2[at % LEAF_CELLS as usize] = now - 1;
        Found { value, before: now - 1, bridged: None }
    }

    /// Leaves and nodes of the memory tree that the segment opens.
    pub(super) fn opened(&self) -> usize {
        self.leaves.len() + self.opened.len()
    }

    /// Ends the segment: the leaves it touched, in ascending order.
    pub(super) fn end_segment(&mut self, region: impl Fn(u64) -> Option<LeafRegion>) -> Vec<LeafStep> {
        self.segment += 1;
        self.opened.clear();
        let mut touched = std::mem::take(&mut self.leaves);
        touched.sort_unstable_by_key(|(leaf, ..)| *leaf);
        let steps = touched.into_iter().map(|(index, old, first_times)| {
            let (page, at) = self.page(index * LEAF_CELLS);
            let new = core::array::from_fn(|cell| page.words[at + cell]);
            let last_times = core::array::from_fn(|cell| page.last[at + cell]);
            let (read_only, input) = region(index).map_or((false, false), |region| (region.read_only, region.input));
            LeafStep { index, read_only, input, old, new, first_times, last_times }
        });
        steps.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_remembers_its_last_access_and_its_leaf_the_words_before() {
        let mut memory = CellMemory::new();
        memory.put(9, 77);
        assert_eq!(memory.access(9, 5), Found { value: 77, before: 4, bridged: None });
        memory.put(9, 78);
        assert_eq!(memory.access(9, 6), Found { value: 78, before: 5, bridged: None });
        let late = 6 + MAX_GAP + 1;
        assert_eq!(memory.access(9, late), Found { value: 78, before: late - 1, bridged: Some(6) });
        let leaves = memory.end_segment(|_| None);
        assert_eq!(leaves.len(), 1);
        assert_eq!((leaves[0].index, leaves[0].old, leaves[0].new), (2, [0, 77, 0, 0], [0, 78, 0, 0]));
        assert_eq!((leaves[0].first_times, leaves[0].last_times), ([0, 4, 0, 0], [0, late, 0, 0]));
        assert_eq!(memory.access(9, 5).before, 4, "a new segment starts afresh");
    }
}
