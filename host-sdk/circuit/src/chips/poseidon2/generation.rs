//! How rows of `poseidon2` are filled.

use std::array;

use p3_field::{Algebra, Field, PackedValue, PrimeCharacteristicRing};
use p3_goldilocks::{
    GOLDILOCKS_POSEIDON2_RC_12_EXTERNAL_FINAL as FINAL, GOLDILOCKS_POSEIDON2_RC_12_EXTERNAL_INITIAL as INITIAL,
    GOLDILOCKS_POSEIDON2_RC_12_INTERNAL as INSIDE, MATRIX_DIAG_12_GOLDILOCKS,
};
use p3_matrix::dense::RowMajorMatrix;
use p3_poseidon2::{MDSMat4, matmul_internal, mds_light_permutation};

use super::columns::{EARLY, FirstRow, LastRow, Poseidon2Columns, ROWS, SecondRow, ThirdRow};
use crate::bus::{DIGEST, HASH_INPUTS};
use crate::chips::height;
use crate::field::F;
use crate::hash::{HashCall, WIDTH, sponge};

const COLUMNS: usize = Poseidon2Columns::<F>::WIDTH;
const CELLS: usize = ROWS * COLUMNS;

type Packed = <F as Field>::Packing;

/// The rows of these hashes.
pub fn rows(calls: &[HashCall]) -> RowMajorMatrix<F> {
    let mut values = F::zero_vec(height(calls.len() * ROWS) * COLUMNS);
    let (used, padding) = values.split_at_mut(calls.len() * CELLS);
    // As many permutations at a time as fit into a vector register.
    let mut packed = [Packed::ZERO; CELLS];
    for (calls, rows) in calls.chunks(Packed::WIDTH).zip(used.chunks_mut(Packed::WIDTH * CELLS)) {
        let lane = |lane: usize| calls.get(lane).unwrap_or(&calls[0]);
        let domain = Packed::from_fn(|at| F::from_u64(lane(at).domain as u64));
        fill(&mut packed, domain, &array::from_fn(|input| Packed::from_fn(|at| lane(at).inputs[input])));
        for (lane, (call, rows)) in calls.iter().zip(rows.chunks_exact_mut(CELLS)).enumerate() {
            for (cell, packed) in rows.iter_mut().zip(&packed) {
                *cell = packed.extract(lane);
            }
            rows[0] = F::from_u32(call.times);
        }
    }
    let mut unused = [F::ZERO; CELLS];
    fill(&mut unused, F::ZERO, &[F::ZERO; HASH_INPUTS]);
    padding.chunks_exact_mut(CELLS).for_each(|rows| rows.copy_from_slice(&unused));
    RowMajorMatrix::new(values, COLUMNS)
}

/// The four rows of a permutation, but for `times`.
fn fill<T: Algebra<F> + Copy>(rows: &mut [T; CELLS], domain: T, inputs: &[T; HASH_INPUTS]) {
    let mut state = sponge(domain, inputs);
    mds_light_permutation(&mut state, &MDSMat4);
    let [mut early, mut late] = [[[T::ZERO; WIDTH]; 4]; 2];
    let mut states = [[T::ZERO; WIDTH]; 8];
    for (round, constants) in INITIAL.iter().enumerate() {
        states[round] = state;
        early[round] = external_round(&mut state, constants);
    }
    let inside = state;
    let (mut cubes, mut powers) = ([T::ZERO; INSIDE.len()], [T::ZERO; INSIDE.len()]);
    for (round, constant) in INSIDE.into_iter().enumerate() {
        let x = state[0] + constant;
        cubes[round] = x.cube();
        powers[round] = cubes[round].square() * x;
        state[0] = powers[round];
        matmul_internal(&mut state, MATRIX_DIAG_12_GOLDILOCKS);
    }
    for (round, constants) in FINAL.iter().enumerate() {
        states[4 + round] = state;
        late[round] = external_round(&mut state, constants);
    }
    let digest: [T; DIGEST] = array::from_fn(|index| state[index]);

    let [_, state_2, state_3, state_4, _, state_6, state_7, state_8] = states;
    let [cubes_1, cubes_2, cubes_3, cubes_4] = early;
    let [cubes_5, cubes_6, cubes_7, cubes_8] = late;
    let split = |cells: &[T; INSIDE.len()]| (array::from_fn(|at| cells[at]), array::from_fn(|at| cells[EARLY + at]));
    let ((early_cubes, late_cubes), (early_powers, late_powers)) = (split(&cubes), split(&powers));
    // In each row the cells come after `times`.
    let mut rows = rows.chunks_exact_mut(COLUMNS).map(|row| &mut row[1..]);
    let mut row = || rows.next().expect("a permutation has four rows");
    FirstRow { inputs: *inputs, domain, cubes_1, state_2, cubes_2, state_3 }.write(row());
    SecondRow { digest, cubes_3, state_4, cubes_4, inside, cubes: early_cubes, powers: early_powers }.write(row());
    ThirdRow { digest, cubes: late_cubes, powers: late_powers, cubes_5, state_6 }.write(row());
    LastRow { cubes_6, state_7, cubes_7, state_8, cubes_8 }.write(row());
}

/// Applies an external round and returns its cubes.
fn external_round<T: Algebra<F> + Copy>(state: &mut [T; WIDTH], constants: &[F; WIDTH]) -> [T; WIDTH] {
    let mut cubes = [T::ZERO; WIDTH];
    for ((x, &constant), cube) in state.iter_mut().zip(constants).zip(&mut cubes) {
        *x += constant;
        *cube = x.cube();
        *x *= cube.square();
    }
    mds_light_permutation(state, &MDSMat4);
    cubes
}
