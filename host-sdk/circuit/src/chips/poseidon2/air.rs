//! Constraints and messages of `poseidon2`.
//!
//! Four rows compute one permutation and vouch, `times` times, for hash(domain, inputs) = digest. Every cell is a
//! function of the ones before it, so a digest follows from its inputs. Which of the four a row is, is said by columns
//! of period 4 that belong to the constraints, not to the prover's table: rows cannot be shifted. No constraint and no
//! message that counts reaches from a last row into the row after it.
//!
//! The message names the digest in the second row from the first one. Cells that a row does not use mean nothing.
//!
//! Degree: 3, times the column of period 4 (3/4): 4.

use p3_air::{AirBuilder, WindowAccess};
use p3_field::PrimeCharacteristicRing;
use p3_goldilocks::{
    GOLDILOCKS_POSEIDON2_RC_12_EXTERNAL_FINAL as FINAL, GOLDILOCKS_POSEIDON2_RC_12_EXTERNAL_INITIAL as INITIAL,
    GOLDILOCKS_POSEIDON2_RC_12_INTERNAL as INSIDE, MATRIX_DIAG_12_GOLDILOCKS,
};
use p3_poseidon2::{MDSMat4, matmul_internal, mds_light_permutation};

use super::columns::{FirstRow, LastRow, Poseidon2Columns, ROWS, SecondRow, ThirdRow};
use crate::bus::{self, TableBuilder};
use crate::chip::Table;
use crate::field::F;
use crate::hash::{WIDTH, sponge};

/// The `poseidon2` table.
#[derive(Clone, Debug)]
pub struct Poseidon2;

type State<AB> = [<AB as AirBuilder>::Expr; WIDTH];
type Cells<AB> = [<AB as AirBuilder>::Var; WIDTH];

impl Table for Poseidon2 {
    const NAME: &'static str = "poseidon2";

    fn columns(&self) -> Vec<String> {
        Poseidon2Columns::<F>::names()
    }

    fn next_row_columns(&self) -> Vec<usize> {
        // All but `times`, which is the first.
        (1..Poseidon2Columns::<F>::WIDTH).collect()
    }

    fn periodic(&self) -> Vec<Vec<F>> {
        (0..ROWS).map(|row| (0..ROWS).map(|at| F::from_bool(at == row)).collect()).collect()
    }

    fn eval<AB: TableBuilder>(&self, builder: &mut AB) {
        let window = builder.main();
        let here = Poseidon2Columns::<AB::Var>::read(window.current_slice());
        let below = Poseidon2Columns::<AB::Var>::read(window.next_slice());
        let is_row: [AB::Expr; ROWS] = std::array::from_fn(|row| builder.periodic_values()[row].into());

        let (first, second) = (FirstRow::read(&here.cells), SecondRow::read(&below.cells));
        first_row(&mut builder.when(is_row[0].clone()), &first, &second);
        builder.when(AB::Expr::ONE - is_row[0].clone()).assert_zero(here.times);
        let inputs = first.inputs.map(Into::into);
        bus::provide_hash(builder, here.times, first.domain.into(), inputs, second.digest.map(Into::into));

        let (second, third) = (SecondRow::read(&here.cells), ThirdRow::read(&below.cells));
        second_row(&mut builder.when(is_row[1].clone()), &second, &third);
        let (third, last) = (ThirdRow::read(&here.cells), LastRow::read(&below.cells));
        third_row(&mut builder.when(is_row[2].clone()), &third, &last);
        last_row(&mut builder.when(is_row[3].clone()), &LastRow::read(&here.cells));
    }
}

fn first_row<AB: AirBuilder<F = F>>(builder: &mut AB, first: &FirstRow<AB::Var>, second: &SecondRow<AB::Var>) {
    let mut state = sponge::<AB::Expr>(first.domain.into(), &first.inputs.map(Into::into));
    mds_light_permutation(&mut state, &MDSMat4);
    let state_2 = external_round(builder, state, &INITIAL[0], &first.cubes_1);
    assert_state(builder, &first.state_2, state_2);
    let state_3 = external_round(builder, first.state_2.map(Into::into), &INITIAL[1], &first.cubes_2);
    assert_state(builder, &first.state_3, state_3);
    let state_4 = external_round(builder, first.state_3.map(Into::into), &INITIAL[2], &second.cubes_3);
    assert_state(builder, &second.state_4, state_4);
}

fn second_row<AB: AirBuilder<F = F>>(builder: &mut AB, second: &SecondRow<AB::Var>, third: &ThirdRow<AB::Var>) {
    builder.assert_eq_arrays(second.digest, third.digest);
    let inside = external_round(builder, second.state_4.map(Into::into), &INITIAL[3], &second.cubes_4);
    assert_state(builder, &second.inside, inside);

    let mut state: State<AB> = second.inside.map(Into::into);
    let early = second.cubes.into_iter().zip(second.powers);
    let late = third.cubes.into_iter().zip(third.powers);
    for (constant, (cube, power)) in INSIDE.into_iter().zip(early.chain(late)) {
        let x = state[0].clone() + constant;
        builder.assert_eq(cube, x.cube());
        builder.assert_eq(power, cube * cube * x);
        state[0] = power.into();
        matmul_internal(&mut state, MATRIX_DIAG_12_GOLDILOCKS);
    }
    let state_6 = external_round(builder, state, &FINAL[0], &third.cubes_5);
    assert_state(builder, &third.state_6, state_6);
}

fn third_row<AB: AirBuilder<F = F>>(builder: &mut AB, third: &ThirdRow<AB::Var>, last: &LastRow<AB::Var>) {
    let state_7 = external_round(builder, third.state_6.map(Into::into), &FINAL[1], &last.cubes_6);
    assert_state(builder, &last.state_7, state_7);
    // The cubes are those of `last_row`; here only the output is of interest.
    let output = s_boxes::<AB>(last.state_8.map(Into::into), &FINAL[3], &last.cubes_8);
    for (digest, output) in third.digest.into_iter().zip(output) {
        builder.assert_eq(digest, output);
    }
}

fn last_row<AB: AirBuilder<F = F>>(builder: &mut AB, last: &LastRow<AB::Var>) {
    let state_8 = external_round(builder, last.state_7.map(Into::into), &FINAL[2], &last.cubes_7);
    assert_state(builder, &last.state_8, state_8);
    assert_cubes(builder, &last.state_8.map(Into::into), &FINAL[3], &last.cubes_8);
}

/// The state after an external round, of degree 3, and the constraints of its cubes.
fn external_round<AB: AirBuilder<F = F>>(
    builder: &mut AB,
    state: State<AB>,
    constants: &[F; WIDTH],
    cubes: &Cells<AB>,
) -> State<AB> {
    assert_cubes(builder, &state, constants, cubes);
    s_boxes::<AB>(state, constants, cubes)
}

fn assert_cubes<AB: AirBuilder<F = F>>(builder: &mut AB, state: &State<AB>, constants: &[F; WIDTH], cubes: &Cells<AB>) {
    for ((x, &constant), &cube) in state.iter().zip(constants).zip(cubes) {
        builder.assert_eq(cube, (x.clone() + constant).cube());
    }
}

/// S-boxes, given the cubes, and the external matrix.
fn s_boxes<AB: AirBuilder<F = F>>(mut state: State<AB>, constants: &[F; WIDTH], cubes: &Cells<AB>) -> State<AB> {
    for ((x, &constant), &cube) in state.iter_mut().zip(constants).zip(cubes) {
        *x = cube * cube * (x.clone() + constant);
    }
    mds_light_permutation(&mut state, &MDSMat4);
    state
}

fn assert_state<AB: AirBuilder<F = F>>(builder: &mut AB, cells: &Cells<AB>, state: State<AB>) {
    builder.assert_eq_arrays(*cells, state);
}
