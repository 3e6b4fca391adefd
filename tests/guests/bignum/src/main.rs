//! Modular exponentiation of 1024-bit numbers in Montgomery form: the next probable prime from a random number on.
use crypto_bigint::modular::{MontyForm, MontyParams};
use crypto_bigint::{Odd, U1024, Word};
use guest_common::{Xorshift, parameters};

const SMALL_PRIMES: [Word; 12] = [3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41];

/// Fermat's test to base 2, behind trial division.
fn is_probable_prime(candidate: Odd<U1024>) -> bool {
    let divides =
        |prime| candidate.rem(&crypto_bigint::NonZero::new(U1024::from(prime)).expect("not zero")) == U1024::ZERO;
    if SMALL_PRIMES.into_iter().any(divides) {
        return false;
    }
    let modulus = MontyParams::new_vartime(candidate);
    let power = MontyForm::new(&U1024::from(2u8), modulus).pow(&candidate.wrapping_sub(&U1024::ONE));
    power.retrieve() == U1024::ONE
}

fn main() {
    let ([seed, candidates], _) = parameters();
    let mut generator = Xorshift::new(seed);
    let words = std::array::from_fn(|_| generator.next().unwrap_or_default() as Word);
    let mut candidate = U1024::from_words(words) | U1024::ONE;
    let mut probable_primes = 0u64;
    for _ in 0..candidates {
        probable_primes += u64::from(Option::from(Odd::new(candidate)).is_some_and(is_probable_prime));
        candidate = candidate.wrapping_add(&U1024::from(2u8));
    }
    zkvm_guest_std::commit(&probable_primes);
}
