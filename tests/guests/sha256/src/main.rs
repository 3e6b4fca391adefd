//! SHA-256 in software: a message hashed over and over, each digest becoming its beginning.
use guest_common::{Xorshift, parameters};
use sha2::{Digest, Sha256};

fn main() {
    let ([seed, bytes, rounds], _) = parameters();
    let mut message: Vec<u8> = Xorshift::new(seed).flat_map(u64::to_le_bytes).take(bytes as usize).collect();
    let mut digest = Sha256::digest(&message);
    for _ in 1..rounds {
        let length = message.len().min(digest.len());
        message[..length].copy_from_slice(&digest[..length]);
        digest = Sha256::digest(&message);
    }
    zkvm_guest_std::write_output(&digest);
}
