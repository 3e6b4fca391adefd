//! How often each fact of the `range` bus is needed: what `generation.rs` of every table counts while it fills rows,
//! and the multiplicities of the `lookup` table.

use crate::bus::fact;

/// Rows of the `lookup` table.
pub const LOOKUP_ROWS: usize = 1 << 16;

/// Counts of the facts needed so far.
#[derive(Clone, Debug)]
pub struct Counts {
    /// Per kind of [`fact`], per row of `lookup`.
    kinds: Vec<Vec<u32>>,
}

impl Default for Counts {
    fn default() -> Counts {
        Counts { kinds: vec![vec![0; LOOKUP_ROWS]; fact::KINDS] }
    }
}

impl Counts {
    fn count(&mut self, kind: u64, row: u64) {
        self.kinds[kind as usize][row as usize] += 1;
    }

    /// Counts [`crate::bus::limb`].
    ///
    /// # Panics
    /// Here and below: if the values are out of the fact's range, which is a bug of the caller.
    pub fn limb(&mut self, x: u64) {
        self.count(fact::LIMB, x);
    }

    /// Counts a limb for each 16 bits of the low `limbs` limbs of `word`.
    pub fn limbs(&mut self, word: u64, limbs: u32) {
        for index in 0..limbs {
            self.limb(word >> (16 * index) & 0xffff);
        }
    }

    /// Counts the range check of [`crate::bus::access`].
    pub fn access(&mut self, before: u64, now: u64) {
        self.limb(now.wrapping_sub(before).wrapping_sub(1));
    }

    /// Counts [`crate::bus::sign`] and returns the sign.
    pub fn sign(&mut self, x: u64) -> u64 {
        self.count(fact::SIGN, x);
        x >> 15
    }

    /// Counts [`crate::bus::low3`].
    pub fn low3(&mut self, x: u64) {
        self.count(fact::LOW3, x);
    }

    /// Counts [`crate::bus::two_bytes`].
    pub fn two_bytes(&mut self, x: u64, y: u64) {
        debug_assert!(x < 256);
        self.count(fact::BYTES, x | y << 8);
    }

    /// Counts [`crate::bus::and_bytes`].
    pub fn and_bytes(&mut self, x: u64, y: u64) {
        debug_assert!(x < 256);
        self.count(fact::AND, x | y << 8);
    }

    /// Counts [`crate::bus::shift_amount`].
    pub fn shift_amount(&mut self, x: u64) {
        self.count(fact::SHIFT, x);
    }

    /// Adds what another worker counted.
    pub fn merge(&mut self, other: &Counts) {
        for (mine, theirs) in self.kinds.iter_mut().zip(&other.kinds) {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine += theirs;
            }
        }
    }

    /// How often the fact of `kind` in `row` is needed.
    pub fn of(&self, kind: u64, row: usize) -> u32 {
        self.kinds[kind as usize][row]
    }
}
