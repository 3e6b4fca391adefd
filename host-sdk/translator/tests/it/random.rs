//! Random programs.

use rand::rngs::SmallRng;
use rand::{RngCore, SeedableRng};
use zkvm_test_support::{ElfBuilder, random_program};

use crate::compare::check;

/// More by `ZKVM_RANDOM_PROGRAMS=100000 cargo test --release -p zkvm-translator random`.
#[test]
fn random_programs_run_natively_as_by_the_reference() {
    let count = std::env::var("ZKVM_RANDOM_PROGRAMS").ok().and_then(|count| count.parse().ok()).unwrap_or(400);
    for seed in 0..count {
        let mut rng = SmallRng::seed_from_u64(seed);
        let length = [20, 100, 400][seed as usize % 3];
        let code = random_program(&mut rng, length);
        let mut data = vec![0; 4096];
        rng.fill_bytes(&mut data);
        let elf = ElfBuilder::new(&code).data(data).build();
        let result = std::panic::catch_unwind(|| check(&elf));
        assert!(result.is_ok(), "seed {seed}");
    }
}
