//! The programs that are proved on each machine: pure functions from an amount of work to 32 bytes.
//!
//! All words are of 32 bits, so that neither the 32-bit nor the 64-bit machine has the easier task.
#![no_std]

extern crate alloc;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use sha2::{Digest, Sha256};

const SEED: u32 = 42;

/// Bytes that `sha256` hashes in one round.
const MESSAGE_BYTES: usize = 1024;

/// A program: its amount of work to its result.
pub type Program = fn(u32) -> [u8; 32];

/// Reads the work, runs the program: what the `main` of each machine does.
pub fn run(program: Program, input: &[u8]) -> [u8; 32] {
    program(u32::from_le_bytes(input.try_into().expect("the input is one number of 32 bits")))
}

/// An integer loop without memory accesses: a linear congruential step, a xorshift and a data-dependent branch.
pub fn integer_loop(rounds: u32) -> [u8; 32] {
    let (mut state, mut sum) = (SEED, 0u32);
    for round in 0..rounds {
        state = state.wrapping_mul(1_664_525).wrapping_add(round);
        state ^= state >> 13;
        sum = if state & 7 == 0 { sum ^ state } else { sum.wrapping_add(state >> 3) };
    }
    words([state, sum])
}

/// SHA-256 in software: a message hashed over and over, each digest becoming its beginning.
pub fn sha256(rounds: u32) -> [u8; 32] {
    let mut message: Vec<u8> = Xorshift(SEED).flat_map(u32::to_le_bytes).take(MESSAGE_BYTES).collect();
    for _ in 0..rounds {
        let digest = Sha256::digest(&message);
        message[..digest.len()].copy_from_slice(&digest);
    }
    Sha256::digest(&message).into()
}

/// The library's two sorts and its B-tree.
pub fn sort(elements: u32) -> [u8; 32] {
    let numbers: Vec<u32> = Xorshift(SEED).take(elements as usize).collect();
    let mut checksum = Checksum(0x811c_9dc5);

    let mut unstable = numbers.clone();
    unstable.sort_unstable();
    unstable.iter().step_by(16).for_each(|&number| checksum.word(number));

    let mut stable: Vec<(u16, u32)> = numbers.iter().map(|&number| (number as u16, number)).collect();
    stable.sort_by_key(|&(key, _)| key);
    stable.iter().step_by(16).for_each(|&(_, number)| checksum.word(number));

    let mut map: BTreeMap<u32, u32> = numbers.iter().map(|&number| (number >> 8, number)).collect();
    for &number in numbers.iter().step_by(3) {
        map.remove(&(number >> 8));
    }
    for &number in numbers.iter().step_by(5) {
        if let Some((key, value)) = map.range(number >> 9..).next() {
            checksum.word(key ^ value);
        }
    }
    words([checksum.0, map.len() as u32])
}

/// Marsaglia's xorshift32: the same numbers on every machine.
struct Xorshift(u32);

impl Iterator for Xorshift {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        Some(self.0)
    }
}

/// FNV-1a over words.
struct Checksum(u32);

impl Checksum {
    fn word(&mut self, word: u32) {
        self.0 = (self.0 ^ word).wrapping_mul(0x0100_0193).rotate_left(11);
    }
}

fn words(words: [u32; 2]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (place, word) in bytes.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}
