//! Modular exponentiation of 512-bit numbers in Montgomery form: probable primes among consecutive odd numbers.
use crypto_bigint::modular::{MontyForm, MontyParams};
use crypto_bigint::{NonZero, Odd, U512, Word};
use guest_common::{Checksum, Xorshift, parameters};

const SMALL_PRIMES: [Word; 12] = [3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41];

fn has_small_factor(candidate: &U512) -> bool {
    let divides = |prime| candidate.rem(&NonZero::new(U512::from(prime)).expect("primes are not zero")) == U512::ZERO;
    SMALL_PRIMES.into_iter().any(divides)
}

/// `2^(modulus - 1)`, which is 1 if the modulus is a prime (Fermat).
fn fermat(modulus: Odd<U512>) -> U512 {
    let exponent = modulus.wrapping_sub(&U512::ONE);
    MontyForm::new(&U512::from(2u8), MontyParams::new_vartime(modulus)).pow(&exponent).retrieve()
}

fn main() {
    let ([seed, candidates], _) = parameters();
    let mut generator = Xorshift::new(seed);
    let start = U512::from_words(std::array::from_fn(|_| generator.next().unwrap_or_default() as Word)) | U512::ONE;
    let mut probable_primes = 0u64;
    let mut checksum = Checksum::default();
    for index in 0..candidates {
        let candidate = start.wrapping_add(&U512::from(2 * index));
        if has_small_factor(&candidate) {
            continue;
        }
        let power = fermat(Odd::new(candidate).expect("an odd number plus an even one"));
        probable_primes += u64::from(power == U512::ONE);
        power.to_words().into_iter().for_each(|word| checksum.word(word));
    }
    zkvm_guest_std::commit(&(candidates, probable_primes));
    zkvm_guest_std::write_output(&checksum.to_bytes());
}
