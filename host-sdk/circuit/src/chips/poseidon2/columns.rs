//! Columns of `poseidon2`. A permutation takes four rows, whose cells mean different things; rounds are numbered through:
//! 1–4 external, 22 internal, 5–8 external.
//!
//! A *state* is what enters a round, before its constants are added; the *cubes* of a round are (state + constants)^3,
//! so that its S-boxes x^7 = cube^2 · x have degree 3.

use p3_goldilocks::GOLDILOCKS_POSEIDON2_RC_12_INTERNAL;

use crate::bus::{DIGEST, HASH_INPUTS};
use crate::columns::columns;
use crate::hash::WIDTH;

/// Rows of a permutation.
pub const ROWS: usize = 4;
/// Internal rounds.
pub const INTERNAL: usize = GOLDILOCKS_POSEIDON2_RC_12_INTERNAL.len();
/// Internal rounds whose cells are in the second row; the others' are in the third.
pub(super) const EARLY: usize = 5;
pub(super) const LATE: usize = INTERNAL - EARLY;
/// Cells of a row: those of the second and third one.
pub(super) const CELLS: usize = SecondRow::<()>::WIDTH;
const _: () =
    assert!(CELLS >= FirstRow::<()>::WIDTH && CELLS >= ThirdRow::<()>::WIDTH && CELLS >= LastRow::<()>::WIDTH);

columns! {
    /// Columns of `poseidon2`.
    pub struct Poseidon2Columns<T> {
        /// First row of a permutation: how often the hash is asked for. Other rows: 0.
        pub times: T,
        /// See [`FirstRow`], [`SecondRow`], [`ThirdRow`], [`LastRow`].
        pub cells: [T; CELLS],
    }
}

columns! {
    /// Rounds 1 and 2. The state of round 1 is linear in `inputs` and `domain`.
    pub struct FirstRow<T> {
        /// What is hashed.
        pub inputs: [T; HASH_INPUTS],
        /// Element 8 of the permutation's input; the others are 0.
        pub domain: T,
        /// Cubes of round 1.
        pub cubes_1: [T; WIDTH],
        /// State of round 2.
        pub state_2: [T; WIDTH],
        /// Cubes of round 2.
        pub cubes_2: [T; WIDTH],
        /// State of round 3.
        pub state_3: [T; WIDTH],
    }
}

columns! {
    /// Rounds 3 and 4, the first internal rounds, and the digest.
    pub struct SecondRow<T> {
        /// The first elements of the permutation's output; the same as in the third row.
        pub digest: [T; DIGEST],
        /// Cubes of round 3.
        pub cubes_3: [T; WIDTH],
        /// State of round 4.
        pub state_4: [T; WIDTH],
        /// Cubes of round 4.
        pub cubes_4: [T; WIDTH],
        /// State of the first internal round.
        pub inside: [T; WIDTH],
        /// Cube of each of the first internal rounds.
        pub cubes: [T; EARLY],
        /// Seventh power in each of them.
        pub powers: [T; EARLY],
    }
}

columns! {
    /// The other internal rounds and round 5, whose state is linear in `inside` and all `powers`.
    pub struct ThirdRow<T> {
        /// The first elements of the permutation's output.
        pub digest: [T; DIGEST],
        /// Cube of each of the other internal rounds.
        pub cubes: [T; LATE],
        /// Seventh power in each of them.
        pub powers: [T; LATE],
        /// Cubes of round 5.
        pub cubes_5: [T; WIDTH],
        /// State of round 6.
        pub state_6: [T; WIDTH],
    }
}

columns! {
    /// Rounds 6 to 8.
    pub struct LastRow<T> {
        /// Cubes of round 6.
        pub cubes_6: [T; WIDTH],
        /// State of round 7.
        pub state_7: [T; WIDTH],
        /// Cubes of round 7.
        pub cubes_7: [T; WIDTH],
        /// State of round 8.
        pub state_8: [T; WIDTH],
        /// Cubes of round 8.
        pub cubes_8: [T; WIDTH],
    }
}
