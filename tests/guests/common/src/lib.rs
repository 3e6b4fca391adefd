//! What the guests share: how they read their parameters, and data that depends on nothing but the input.
#![no_std]

/// The first `N` numbers of the input (u64, little-endian), and the document behind them.
///
/// # Panics
/// If the input is shorter than `N` numbers.
pub fn parameters<const N: usize>() -> ([u64; N], &'static [u8]) {
    let input = zkvm_guest_std::read_input();
    let (numbers, document) = input.split_at_checked(8 * N).expect("the input is shorter than the guest's parameters");
    let word = |index| u64::from_le_bytes(numbers[8 * index..][..8].try_into().expect("eight bytes"));
    (core::array::from_fn(word), document)
}

/// Marsaglia's xorshift64: the same numbers everywhere for the same seed.
pub struct Xorshift(u64);

impl Xorshift {
    /// The generator's only fixed point is 0, so the seed's lowest bit is set.
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }
}

impl Iterator for Xorshift {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Some(self.0)
    }
}

/// FNV-1a over 8-byte words: one number that stands for a whole result.
#[derive(Clone, Copy)]
pub struct Checksum(u64);

impl Default for Checksum {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Checksum {
    pub fn word(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    }

    /// The length counts, so that trailing zeros do.
    pub fn bytes(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
        self.word(bytes.len() as u64);
    }

    pub fn to_bytes(self) -> [u8; 8] {
        self.0.to_le_bytes()
    }
}
