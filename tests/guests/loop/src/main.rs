//! An integer loop without memory accesses: a linear congruential step, a xorshift and a data-dependent branch.
use guest_common::parameters;

fn main() {
    let ([seed, rounds], _) = parameters();
    let (mut state, mut sum) = (seed, 0u64);
    for round in 0..rounds {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(round);
        state ^= state >> 29;
        sum = if state & 7 == 0 { sum ^ state } else { sum.wrapping_add(state >> 3) };
    }
    zkvm_guest_std::write_output(&sum.to_le_bytes());
}
