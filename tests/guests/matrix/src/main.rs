//! Powers of a square matrix of 32-bit integers, modulo 2^32.
use guest_common::{Checksum, Xorshift, parameters};

/// Row-major `n`×`n` product. The innermost loop runs along rows of both operands.
fn multiply(a: &[u32], b: &[u32], n: usize) -> Vec<u32> {
    let mut product = vec![0u32; n * n];
    for (row, out) in a.chunks_exact(n).zip(product.chunks_exact_mut(n)) {
        for (&factor, b_row) in row.iter().zip(b.chunks_exact(n)) {
            for (sum, &element) in out.iter_mut().zip(b_row) {
                *sum = sum.wrapping_add(factor.wrapping_mul(element));
            }
        }
    }
    product
}

fn main() {
    let ([seed, n, rounds], _) = parameters();
    let n = n as usize;
    let base: Vec<u32> = Xorshift::new(seed).map(|word| word as u32).take(n * n).collect();
    let mut power = base.clone();
    for _ in 0..rounds {
        power = multiply(&power, &base, n);
    }
    let mut checksum = Checksum::default();
    power.iter().for_each(|&element| checksum.word(element.into()));
    zkvm_guest_std::write_output(&checksum.to_bytes());
}
