//! Keccak-256 in software: a Merkle tree over generated leaves, its root the seed of the next tree.
use guest_common::{Xorshift, parameters};
use tiny_keccak::{Hasher, Keccak};

type Digest = [u8; 32];

fn hash(parts: &[&[u8]]) -> Digest {
    let mut keccak = Keccak::v256();
    parts.iter().for_each(|part| keccak.update(part));
    let mut digest = Digest::default();
    keccak.finalize(&mut digest);
    digest
}

fn merkle_root(mut level: Vec<Digest>) -> Digest {
    while level.len() > 1 {
        level = level.chunks(2).map(|pair| hash(&pair.iter().map(<[u8; 32]>::as_slice).collect::<Vec<_>>())).collect();
    }
    level.pop().unwrap_or_default()
}

fn main() {
    let ([seed, leaves, rounds], _) = parameters();
    let mut root = hash(&[&seed.to_le_bytes()]);
    for round in 0..rounds {
        let leaf = |word: u64| hash(&[&root, &round.to_le_bytes(), &word.to_le_bytes()]);
        root = merkle_root(Xorshift::new(seed).take(leaves as usize).map(leaf).collect());
    }
    zkvm_guest_std::write_output(&root);
}
