//! The standard library's sorts and maps: unstable and stable sort, B-tree and hash map.
//!
//! The default hasher is seeded at random, so nothing here depends on a hash map's order of iteration.
use std::collections::{BTreeMap, HashMap};

use guest_common::{Checksum, Xorshift, parameters};

fn sorts(words: &[u64], checksum: &mut Checksum) {
    let mut unstable = words.to_vec();
    unstable.sort_unstable();
    unstable.iter().step_by(16).for_each(|&word| checksum.word(word));

    let mut stable: Vec<(u16, u64)> = words.iter().map(|&word| (word as u16, word)).collect();
    stable.sort_by_key(|&(key, _)| key);
    stable.iter().step_by(16).for_each(|&(_, word)| checksum.word(word));
}

fn b_tree(words: &[u64], checksum: &mut Checksum) {
    let mut map: BTreeMap<u64, u64> = words.iter().map(|&word| (word >> 40, word)).collect();
    for &word in words.iter().step_by(3) {
        map.remove(&(word >> 40));
    }
    for &word in words.iter().step_by(5) {
        if let Some((key, value)) = map.range(word >> 41..).next() {
            checksum.word(key ^ value);
        }
    }
}

fn hash_map(words: &[u64], checksum: &mut Checksum) {
    let mut counts: HashMap<u64, u64> = HashMap::new();
    for &word in words {
        *counts.entry(word >> 52).or_default() += word & 0xff;
    }
    checksum.word(counts.values().fold(0, |sum, count| sum ^ count));
    words.iter().step_by(7).for_each(|word| checksum.word(counts[&(word >> 52)]));
}

fn main() {
    let ([seed, elements, rounds], _) = parameters();
    let mut generator = Xorshift::new(seed);
    let mut checksum = Checksum::default();
    for _ in 0..rounds {
        let words: Vec<u64> = generator.by_ref().take(elements as usize).collect();
        sorts(&words, &mut checksum);
        b_tree(&words, &mut checksum);
        hash_map(&words, &mut checksum);
    }
    zkvm_guest_std::write_output(&checksum.to_bytes());
}
