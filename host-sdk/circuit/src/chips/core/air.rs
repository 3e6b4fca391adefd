//! `core` executes every instruction of RV64IM but misaligned loads and stores, `ecall` and `ebreak`, one per row.
//!
//! Each row takes the machine over at (time, pc), reads what the program has at pc, accesses three cells and hands the
//! machine on at (time + 3, `next_pc`). Which cells, what is computed and where it goes next all follow from the program's
//! row, whose flags are exclusive as [`crate::chips::program::CoreFields`] makes them:
//!
//! | | second cell | third cell gets | next pc |
//! |---|---|---|---|
//! | no flag | rs2 (or x0) | s; with `word` its low 32 bits, sign-extended | target |
//! | `unit` | rs2 (or x0) | op(rs1, rs2 + imm) | target |
//! | `unit`, `branch` | rs2 | op(rs1, rs2): 0 or 1 | that ? target : pc + 4 |
//! | `load` | the word at s | it, or what `narrow` makes of it | target |
//! | `store` | rs2 | at the word at s: rs2, or what `narrow` makes of it | target |
//! | `jalr` | x0 | pc + 4 | s without bit 0 |
//!
//! `lui`, `auipc` and `jal` are additions of x0 and a constant that the program table holds. An instruction without
//! immediate has imm = 0 there; one with an immediate, or without rs2, reads x0, which is 0 because nothing writes it.

use p3_air::{AirBuilder, WindowAccess};
use p3_field::{Field, PrimeCharacteristicRing};

use super::columns::CoreColumns;
use crate::bus::{self, CellAccess, NarrowMessage, TableBuilder, UnitMessage, kind};
use crate::cells::READ_ONLY;
use crate::chip::Table;
use crate::field::F;

/// Slots of time a row takes.
pub const SLOTS: u64 = 3;

/// The `core` table.
#[derive(Clone, Debug)]
pub struct Core;

impl Table for Core {
    const NAME: &'static str = "core";

    fn columns(&self) -> Vec<String> {
        CoreColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, builder: &mut AB) {
        let row = CoreColumns::read(builder.main().current_slice());
        flags(builder, &row);
        sum(builder, &row);
        memory_cells(builder, &row);
        result(builder, &row);
        next_pc(builder, &row);
        fetch(builder, &row);
        accesses(builder, &row);
        units(builder, &row);
    }
}

fn number<AB: TableBuilder>(value: u64) -> AB::Expr {
    AB::Expr::from_u64(value)
}

/// All flags are bits and sigma is −1, 0 or 1, so that the packed number of the program's row fixes each. A row that is not
/// real asks no unit.
fn flags<AB: TableBuilder>(builder: &mut AB, row: &CoreColumns<AB::Var>) {
    let CoreColumns { real, load, store, jalr, branch, unit, narrow, word, sigma, .. } = *row;
    builder.assert_bools([real, load, store, jalr, branch, unit, narrow, word]);
    builder.assert_zero(sigma * (sigma * sigma - AB::Expr::ONE));
    builder.when(unit).assert_one(real);
    builder.when(narrow).assert_one(real);
}

/// s = rs1 + imm + sigma · rs2 mod 2^64, in two halves of two limbs each, all range-checked. Unique: each half is below
/// 2^32 and its carry a bit. With sigma = −1 carries are borrows: `direction` is −1 then, else 1.
fn sum<AB: TableBuilder>(builder: &mut AB, row: &CoreColumns<AB::Var>) {
    let CoreColumns { real, sigma, imm, first, second, sum, upper, carry, sign, offset, .. } = *row;
    builder.assert_bools(carry);
    let direction = AB::Expr::ONE + sigma - sigma * sigma;
    let mut carried = AB::Expr::ZERO;
    for half in 0..2 {
        let operands = first[half] + imm[half] + sigma * second[half] + carried;
        let out = direction.clone() * carry[half];
        builder.assert_eq(sum[half] + out.clone() * number::<AB>(1 << 32), operands);
        carried = out;
    }
    let lower = |half: usize| sum[half] - upper[half] * number::<AB>(1 << 16);
    bus::low3(builder, real, lower(0), offset);
    bus::sign(builder, real, upper[0], sign);
    bus::limb(builder, real, lower(1));
    bus::limb(builder, real, upper[1]);
}

/// The memory word at s. s < 2^32 and `offset` = s mod 8, so (s − offset) / 8 is an integer below 2^29: no other cell.
/// Accesses of 8 bytes have offset 0; `narrow` looks at the offset of the others.
fn memory_cells<AB: TableBuilder>(builder: &mut AB, row: &CoreColumns<AB::Var>) {
    let CoreColumns { load, store, jalr, narrow, load_cell, store_cell, sum, offset, .. } = *row;
    builder.when(load + store + jalr).assert_zero(sum[1]);
    builder.when((load + store) * (AB::Expr::ONE - narrow)).assert_zero(offset);
    let cell = (sum[0] - offset) * F::from_u64(8).inverse();
    builder.assert_zero((AB::Expr::ONE - load) * load_cell);
    let beyond = load_cell - cell.clone();
    builder.when(load).assert_zero(beyond.clone() * (beyond - number::<AB>(READ_ONLY)));
    builder.assert_eq(store_cell, cell * store);
}

/// What the third cell gets, where no unit says it.
fn result<AB: TableBuilder>(builder: &mut AB, row: &CoreColumns<AB::Var>) {
    let CoreColumns { real, pc, load, store, jalr, unit, narrow, word, second, new, sum, sign, .. } = *row;
    let add = real - load - store - jalr - unit;
    builder.when(add.clone()).assert_eq(new[0], sum[0]);
    let extended = (sign * number::<AB>(0xffff_ffff) - sum[1]) * word;
    builder.assert_zero(add.clone() * (new[1] - sum[1]) - extended * add);
    for half in 0..2 {
        builder.when((load + store) * (AB::Expr::ONE - narrow)).assert_eq(new[half], second[half]);
    }
    builder.when(jalr).assert_eq(new[0], pc + number::<AB>(4));
    builder.when(jalr).assert_zero(new[1]);
}

/// Where it goes next. `odd` is bit 0 of s and bit 1 is 0, or there is no next instruction: s mod 8 ∈ {0, 1, 4, 5}.
fn next_pc<AB: TableBuilder>(builder: &mut AB, row: &CoreColumns<AB::Var>) {
    let CoreColumns { pc, next_pc, jalr, branch, target, new, sum, offset, odd, .. } = *row;
    builder.assert_bool(odd);
    let even = offset - odd;
    builder.when(jalr).assert_zero(even.clone() * (even - number::<AB>(4)));
    builder.when(jalr).assert_eq(next_pc, sum[0] - odd);
    let following = pc + number::<AB>(4);
    builder.when(branch).assert_eq(next_pc, following.clone() + (target - following) * new[0]);
    builder.assert_zero((AB::Expr::ONE - jalr - branch) * (next_pc - target));
}

fn fetch<AB: TableBuilder>(builder: &mut AB, row: &CoreColumns<AB::Var>) {
    let CoreColumns { real, pc, load, store, jalr, branch, unit, narrow, word, sigma, .. } = *row;
    let CoreColumns { op, cells, imm, target, .. } = *row;
    let bits = [load, store, jalr, branch, unit, narrow, word];
    let bits = (0..).zip(bits).map(|(at, bit)| bit * number::<AB>(1 << at)).sum::<AB::Expr>();
    let packed = bits + (sigma + AB::Expr::ONE) * number::<AB>(128);
    let fields = [pc.into(), packed, op.into()].into_iter();
    let fields = fields.chain(cells.map(Into::into)).chain(imm.map(Into::into)).chain([target.into()]);
    bus::fetch(builder, real, kind::CORE, fields);
}

fn accesses<AB: TableBuilder>(builder: &mut AB, row: &CoreColumns<AB::Var>) {
    let CoreColumns { real, time, pc, next_pc, cells, before, first, second, old, new, load_cell, store_cell, .. } =
        *row;
    let memory: [AB::Expr; 3] = [AB::Expr::ZERO, load_cell.into(), store_cell.into()];
    let values = [(first, first), (second, second), (old, new)];
    for (index, ((old, new), memory)) in values.into_iter().zip(memory).enumerate() {
        let it = CellAccess {
            cell: memory + cells[index],
            before: before[index].into(),
            now: time + number::<AB>(index as u64),
            old: old.map(Into::into),
            new: new.map(Into::into),
        };
        bus::access(builder, real, it);
    }
    let next = [time + number::<AB>(SLOTS), next_pc.into()];
    bus::execute(builder, real, [time.into(), pc.into()], next);
}

fn units<AB: TableBuilder>(builder: &mut AB, row: &CoreColumns<AB::Var>) {
    let CoreColumns { unit, narrow, op, imm, first, second, old, new, offset, .. } = *row;
    let b = [second[0] + imm[0], second[1] + imm[1]];
    let call = UnitMessage { op: op.into(), a: first.map(Into::into), b, c: new.map(Into::into) };
    bus::ask_unit(builder, unit, call);
    let call = NarrowMessage {
        op: op.into(),
        offset: offset.into(),
        source: second.map(Into::into),
        old: old.map(Into::into),
        new: new.map(Into::into),
    };
    bus::ask_narrow(builder, narrow, call);
}
