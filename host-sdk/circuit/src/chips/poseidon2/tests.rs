use std::array;

use p3_air::BaseAir;
use p3_air::symbolic::{AirLayout, SymbolicExpression};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use p3_goldilocks::{
    GOLDILOCKS_POSEIDON2_RC_12_EXTERNAL_FINAL as FINAL, GOLDILOCKS_POSEIDON2_RC_12_EXTERNAL_INITIAL as INITIAL,
    GOLDILOCKS_POSEIDON2_RC_12_INTERNAL as INSIDE, MATRIX_DIAG_12_GOLDILOCKS,
};
use p3_lookup::InteractionSymbolicBuilder;
use p3_matrix::dense::RowMajorMatrix;
use p3_poseidon2::{MDSMat4, matmul_internal, mds_light_permutation};

use super::columns::{CELLS, FirstRow, LastRow};
use super::{Poseidon2, Poseidon2Columns, rows};
use crate::check::{Filled, unbalanced, violated_constraints};
use crate::chip::Chip;
use crate::chips::testing::Random;
use crate::field::F;
use crate::hash::{Domain, HashCall, hash, sponge};
use crate::tree::testing::{next_row_columns, refuse_changes};

fn call(random: &mut Random, domain: Domain, times: u32) -> HashCall {
    let inputs = array::from_fn(|_| F::from_u64(random.next()));
    HashCall { domain, inputs, digest: hash(domain, &inputs), times }
}

fn filled(calls: &[HashCall]) -> Filled {
    Filled::new(Chip::Poseidon2(Poseidon2), rows(calls))
}

#[test]
fn every_hash_is_vouched_for_as_often_as_it_is_asked_for() {
    let mut random = Random(1);
    for count in [0, 1, 5, 16, 17] {
        let mut calls: Vec<_> =
            (0..count).map(|n| call(&mut random, [Domain::Leaf, Domain::Node][n as usize % 2], n + 1)).collect();
        if let Some(call) = calls.first_mut() {
            call.inputs = [F::ZERO; 8];
            call.digest = hash(call.domain, &call.inputs);
        }
        let table = filled(&calls);
        assert_eq!(violated_constraints(&table), []);
        let mut expected: Vec<(Vec<u64>, u64)> = Vec::new();
        for it in &calls {
            let fields = [F::from_u64(it.domain as u64)].into_iter().chain(it.inputs).chain(it.digest);
            expected.push((fields.map(|field| field.as_canonical_u64()).collect(), F::ORDER_U64 - u64::from(it.times)));
        }
        expected.sort();
        let said: Vec<_> = unbalanced(&[table]).into_iter().map(|it| (it.fields, it.excess)).collect();
        assert_eq!(said, expected);
    }
}

#[test]
fn no_cell_of_a_permutation_can_be_changed() {
    let mut random = Random(2);
    let table = filled(&[call(&mut random, Domain::Node, 3), call(&mut random, Domain::Leaf, 1)]);
    // Two permutations and one of padding: enough for what lies around each row.
    let mut table = table;
    table.rows.values.truncate(12 * table.rows.width);
    let unused = |used: usize| (used..CELLS).map(|cell| format!("cells[{cell}]")).collect::<Vec<_>>();
    let meaningless = [unused(FirstRow::<F>::WIDTH), vec![], vec![], unused(LastRow::<F>::WIDTH)];
    for row in 4..8 {
        let meaningless: Vec<&str> = meaningless[row % 4].iter().map(String::as_str).collect();
        refuse_changes(&table, row, &meaningless);
    }
    // Padding is a permutation like others, only that nobody asks for it.
    refuse_changes(&table, 9, &[]);
}

#[test]
fn only_the_first_row_of_a_permutation_vouches_for_anything() {
    let table = filled(&[call(&mut Random(3), Domain::Node, 3)]);
    for row in [1, 2, 3, 5, 6, 7] {
        let mut table = table.clone();
        table.rows.values[row * Poseidon2Columns::<F>::WIDTH] = F::ONE;
        assert!(!violated_constraints(&table).is_empty(), "row {row}");
    }
}

#[test]
fn rows_cannot_be_shifted_against_the_period() {
    let table = filled(&[call(&mut Random(4), Domain::Node, 3)]);
    for shift in 1..4 {
        let mut table = table.clone();
        table.rows.values.rotate_right(shift * Poseidon2Columns::<F>::WIDTH);
        assert!(violated_constraints(&table).len() > 100);
    }
}

#[test]
fn a_wrong_digest_needs_a_wrong_permutation() {
    let mut random = Random(5);
    let [good, other] = [0, 1].map(|_| call(&mut random, Domain::Node, 1));
    let [table, others] = [filled(&[good]), filled(&[other])];
    // Any of the four rows from another permutation.
    for mask in 1..15 {
        let mut table = table.clone();
        let width = table.rows.width;
        for row in (0..4).filter(|row| mask >> row & 1 == 1) {
            let cells = row * width..(row + 1) * width;
            table.rows.values[cells.clone()].copy_from_slice(&others.rows.values[cells]);
        }
        assert!(!violated_constraints(&table).is_empty(), "rows {mask:#b} of another permutation");
    }
}

/// The rows of a permutation in which the computed cell number `wrong` is one too much and all after it follow from
/// that, and how many cells are computed.
fn derailed(inputs: [F; 8], wrong: Option<usize>) -> (Filled, usize) {
    let mut computed = 0;
    let mut cell = |value: F| {
        computed += 1;
        if wrong == Some(computed - 1) { value + F::ONE } else { value }
    };
    let mut state = sponge(F::TWO, &inputs);
    mds_light_permutation(&mut state, &MDSMat4);
    let [mut states, mut cubes] = [[[F::ZERO; 12]; 9]; 2];
    let [mut inner_cubes, mut powers] = [[F::ZERO; 22]; 2];
    for (round, constants) in INITIAL.iter().chain(&FINAL).enumerate() {
        if round == 4 {
            for (inner, constant) in INSIDE.into_iter().enumerate() {
                let x = state[0] + constant;
                inner_cubes[inner] = cell(x * x * x);
                powers[inner] = cell(inner_cubes[inner] * inner_cubes[inner] * x);
                state[0] = powers[inner];
                matmul_internal(&mut state, MATRIX_DIAG_12_GOLDILOCKS);
            }
        }
        let x: [F; 12] = array::from_fn(|at| state[at] + constants[at]);
        cubes[round] = x.map(|x| cell(x * x * x));
        state = array::from_fn(|at| cubes[round][at] * cubes[round][at] * x[at]);
        mds_light_permutation(&mut state, &MDSMat4);
        // The last round's state is cut to the digest; that after round 4 is kept in cells, too.
        states[round + 1] = if round < 7 { state.map(&mut cell) } else { state };
        state = states[round + 1];
    }
    let [_, s2, s3, s4, inside, s6, s7, s8, end] = states.map(|state| state.to_vec());
    let [c1, c2, c3, c4, c5, c6, c7, c8, _] = cubes.map(|cubes| cubes.to_vec());
    let third: Vec<F> = end[..4].iter().map(|&value| cell(value)).collect();
    let second: Vec<F> = third.iter().map(|&value| cell(value)).collect();
    let rows = [
        [vec![F::ONE], inputs.to_vec(), vec![F::TWO], c1, s2, c2, s3].concat(),
        [vec![F::ZERO], second, c3, s4, c4, inside, inner_cubes[..5].to_vec(), powers[..5].to_vec()].concat(),
        [vec![F::ZERO], third, inner_cubes[5..].to_vec(), powers[5..].to_vec(), c5, s6].concat(),
        [vec![F::ZERO], c6, s7, c7, s8, c8].concat(),
    ];
    let width = Poseidon2Columns::<F>::WIDTH;
    let cells = rows.into_iter().flat_map(|mut row| {
        row.resize(width, F::ZERO);
        row
    });
    let table = Filled::new(Chip::Poseidon2(Poseidon2), RowMajorMatrix::new(cells.collect(), width));
    (table, computed)
}

#[test]
fn one_wrong_cell_is_noticed_though_all_after_it_follow() {
    let inputs = array::from_fn(|at| F::from_u64(Random(at as u64).next()));
    let (honest, computed) = derailed(inputs, None);
    assert_eq!(violated_constraints(&honest), []);
    // 8 external rounds of 12 cubes, 6 of them followed by a state that is a cell, and that before the internal ones;
    // 22 internal rounds; the digest twice. Round 5 enters without cells of its own: its state is linear in others.
    assert_eq!(computed, 8 * 12 + 7 * 12 + 2 * 22 + 2 * 4);
    for wrong in 0..computed {
        let (table, _) = derailed(inputs, Some(wrong));
        assert_eq!(violated_constraints(&table).len(), 1, "computed cell {wrong}");
    }
}

#[test]
fn its_shape_is_the_one_counted_on() {
    let chip = Chip::Poseidon2(Poseidon2);
    let layout = AirLayout::from_air::<F>(&chip);
    let builder = {
        let mut builder = InteractionSymbolicBuilder::<F>::new(layout);
        p3_air::Air::eval(&chip, &mut builder);
        builder
    };
    let constraints: Vec<SymbolicExpression<F>> = builder.base_constraints();
    let degree = |height: usize| constraints.iter().map(|it| it.poly_degree(height, &[4; 4])).max();
    for height in [64, 1 << 20] {
        assert_eq!(degree(height), Some(3 * (height - 1) + height - height / 4));
    }
    assert_eq!(chip.columns().len(), 63);
    let messages: Vec<_> = builder.global_interactions().iter().map(|it| it.bus_name.as_str()).collect();
    assert_eq!(messages, ["hash"]);
    let declared = chip.main_next_row_columns();
    assert!(next_row_columns(&chip).iter().all(|column| declared.contains(column)));
}
