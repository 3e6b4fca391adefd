//! Randomness: ChaCha20 (RFC 8439, 64-bit counter, zero nonce) under the input's seed as key. One stream for the whole
//! program: the same program and input draw the same bytes.

use core::cell::UnsafeCell;
use core::num::NonZeroI32;
use core::slice;

use crate::environment;
use crate::platform::WORD_BYTES;

const BLOCK_WORDS: usize = 16;
const BLOCK_BYTES: usize = BLOCK_WORDS * WORD_BYTES;
const DOUBLE_ROUNDS: usize = 10;

/// The stream: key, number of the next block, and what is left of the current one.
struct Stream {
    /// `None` until first use.
    key: Option<[u32; 8]>,
    counter: u64,
    block: [u8; BLOCK_BYTES],
    /// Bytes of `block` that are used up.
    used: usize,
}

struct Shared(UnsafeCell<Stream>);

// SAFETY: there is one hart, and `fill` is not reentered.
unsafe impl Sync for Shared {}

static STREAM: Shared =
    Shared(UnsafeCell::new(Stream { key: None, counter: 0, block: [0; BLOCK_BYTES], used: BLOCK_BYTES }));

/// Fills `out` with the next bytes of the stream.
fn fill(out: &mut [u8]) {
    // SAFETY: see `Sync` above.
    let stream = unsafe { &mut *STREAM.0.get() };
    for byte in out {
        if stream.used == BLOCK_BYTES {
            let key = stream.key.get_or_insert_with(|| words(&environment::seed()));
            stream.block = block(key, stream.counter);
            stream.counter += 1;
            stream.used = 0;
        }
        *byte = stream.block[stream.used];
        stream.used += 1;
    }
}

fn words(bytes: &[u8; 32]) -> [u32; 8] {
    core::array::from_fn(|i| u32::from_le_bytes(core::array::from_fn(|j| bytes[WORD_BYTES * i + j])))
}

/// One block of the key stream.
fn block(key: &[u32; 8], counter: u64) -> [u8; BLOCK_BYTES] {
    let mut initial = [0; BLOCK_WORDS];
    // "expand 32-byte k"
    initial[..4].copy_from_slice(&[0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]);
    initial[4..12].copy_from_slice(key);
    initial[12] = counter as u32;
    initial[13] = (counter >> 32) as u32;
    let mut state = initial;
    for _ in 0..DOUBLE_ROUNDS {
        for [a, b, c, d] in [[0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15]] {
            quarter_round(&mut state, a, b, c, d);
        }
        for [a, b, c, d] in [[0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14]] {
            quarter_round(&mut state, a, b, c, d);
        }
    }
    let mut out = [0; BLOCK_BYTES];
    for (bytes, (word, start)) in out.chunks_exact_mut(WORD_BYTES).zip(state.iter().zip(initial)) {
        bytes.copy_from_slice(&word.wrapping_add(start).to_le_bytes());
    }
    out
}

#[inline(always)]
fn quarter_round(state: &mut [u32; BLOCK_WORDS], a: usize, b: usize, c: usize, d: usize) {
    state[a] = state[a].wrapping_add(state[b]);
    state[d] = (state[d] ^ state[a]).rotate_left(16);
    state[c] = state[c].wrapping_add(state[d]);
    state[b] = (state[b] ^ state[c]).rotate_left(12);
    state[a] = state[a].wrapping_add(state[b]);
    state[d] = (state[d] ^ state[a]).rotate_left(8);
    state[c] = state[c].wrapping_add(state[d]);
    state[b] = (state[b] ^ state[c]).rotate_left(7);
}

/// `std`: the keys of `HashMap`.
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_rand(out: *mut u32, words: usize) {
    // SAFETY: `out` has room for `words` words.
    fill(unsafe { slice::from_raw_parts_mut(out.cast(), words * WORD_BYTES) });
}

/// Custom backend of getrandom 0.2.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_custom(out: *mut u8, bytes: usize) -> u32 {
    // SAFETY: `out` has room for `bytes` bytes.
    fill(unsafe { slice::from_raw_parts_mut(out, bytes) });
    0
}

/// Custom backend of getrandom 0.3 and 0.4, whose `Error` is one non-zero `i32`.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(out: *mut u8, bytes: usize) -> Result<(), NonZeroI32> {
    // SAFETY: `out` has room for `bytes` bytes.
    fill(unsafe { slice::from_raw_parts_mut(out, bytes) });
    Ok(())
}
