//! The field of the circuit, and how 64-bit words look in it.

use p3_field::PrimeCharacteristicRing;
use p3_field::extension::CubicTrinomialExtensionField;
use p3_goldilocks::Goldilocks;

/// Base field: p = 2^64 − 2^32 + 1. Every cell of every table is one element.
pub type F = Goldilocks;

/// Extension of degree 3 (192 bits), from which challenges are drawn.
pub type EF = CubicTrinomialExtensionField<F>;

/// A 64-bit word as two 32-bit halves, low half first: the form in which every message carries a value.
pub type Halves<T> = [T; 2];

/// The halves of `word`.
pub fn halves(word: u64) -> Halves<F> {
    [F::from_u64(word & 0xffff_ffff), F::from_u64(word >> 32)]
}

/// The four 16-bit limbs of `word`, lowest first.
pub fn limbs(word: u64) -> [u64; 4] {
    [word & 0xffff, word >> 16 & 0xffff, word >> 32 & 0xffff, word >> 48]
}

/// The eight bytes of `word`, lowest first.
pub fn bytes(word: u64) -> [u64; 8] {
    word.to_le_bytes().map(u64::from)
}
