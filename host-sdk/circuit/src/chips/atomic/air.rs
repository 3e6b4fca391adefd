//! `atomic` executes the `A` extension. It accesses rs1, rs2, memory, rd and the reservation, in this order.
//!
//! Values of 4 bytes are operands in the high half, over a low half of 0: sums, comparisons and bitwise operations on 64
//! bits then are those on 32 bits. With A the old value in memory and B = rs2, both so:
//!
//! | | unit | value written | rd | reservation |
//! |---|---|---|---|---|
//! | `lr` | | A | A | becomes (address, width) |
//! | `sc` | it = (address, width) | B, if so | 0 if so, else 1 | becomes (0, 0) |
//! | `swap` | | B | A | not accessed |
//! | `add` | value & value = value | A + B | A | not accessed |
//! | `bitwise` | op(A, B) | that | A | not accessed |
//! | `pick` | A < B or A ≥ B | that ? A : B | A | not accessed |
//!
//! `add` asks its unit only because a unit's result is a word: a sum whose halves are below 2^32 is unique.
//!
//! The address is rs1 with a high half of 0. The memory cell is (address − 4 · high) / 8 in the field; were that not an
//! integer, it would be above 2^60 and nobody's cell, so what accesses memory is aligned. A `sc` that fails accesses none;
//! there the limbs show that address / width is an integer. (A failing `sc` above the window, which the machine allows, has
//! no row.) Only `lr` may name the cell of a word in read-only memory.

use p3_air::{AirBuilder, WindowAccess};
use p3_field::{Field, PrimeCharacteristicRing};

use super::columns::AtomicColumns;
use super::fields::{Class, DOUBLE};
use crate::bus::{self, CellAccess, TableBuilder, UnitMessage, kind};
use crate::cells::{READ_ONLY, RESERVATION};
use crate::chip::Table;
use crate::field::{F, Halves};

/// Slots of time a row takes.
pub const SLOTS: u64 = 5;

/// The `atomic` table.
#[derive(Clone, Debug)]
pub struct Atomic;

impl Table for Atomic {
    const NAME: &'static str = "atomic";

    fn columns(&self) -> Vec<String> {
        AtomicColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, builder: &mut AB) {
        let row = AtomicColumns::read(builder.main().current_slice());
        flags(builder, &row);
        unit(builder, &row);
        value(builder, &row);
        memory(builder, &row);
        destination(builder, &row);
        reservation(builder, &row);
        execute(builder, &row);
        accesses(builder, &row);
    }
}

fn number<AB: TableBuilder>(value: u64) -> AB::Expr {
    AB::Expr::from_u64(value)
}

fn real<AB: TableBuilder>(row: &AtomicColumns<AB::Var>) -> AB::Expr {
    row.lr + row.sc + row.swap + row.add + row.bitwise + row.pick
}

/// 4 bytes in the low half.
fn low<AB: TableBuilder>(row: &AtomicColumns<AB::Var>) -> AB::Expr {
    real::<AB>(row) - row.double - row.high
}

fn width<AB: TableBuilder>(row: &AtomicColumns<AB::Var>) -> AB::Expr {
    row.double * number::<AB>(4) + number::<AB>(4)
}

/// A, degree 2.
fn a<AB: TableBuilder>(row: &AtomicColumns<AB::Var>) -> Halves<AB::Expr> {
    let AtomicColumns { double, old, .. } = *row;
    [double * old[0], low::<AB>(row) * (old[0] - old[1]) + old[1]]
}

/// B, degree 2.
fn b<AB: TableBuilder>(row: &AtomicColumns<AB::Var>) -> Halves<AB::Expr> {
    let AtomicColumns { double, rs2, .. } = *row;
    [double * rs2[0], double * (rs2[1] - rs2[0]) + rs2[0]]
}

/// On a row that is not real nothing is accessed.
fn flags<AB: TableBuilder>(builder: &mut AB, row: &AtomicColumns<AB::Var>) {
    let AtomicColumns { lr, sc, swap, add, bitwise, pick, double, high, refused, read_only, z, .. } = *row;
    let real = real::<AB>(row);
    builder.assert_bools([lr, sc, swap, add, bitwise, pick, double, high, read_only]);
    builder.assert_bool(real.clone());
    builder.assert_zero(double * high);
    builder.when(double + high).assert_one(real);
    builder.when(read_only).assert_one(lr);
    builder.assert_eq(refused, (AB::Expr::ONE - z[0]) * sc);
}

fn unit<AB: TableBuilder>(builder: &mut AB, row: &AtomicColumns<AB::Var>) {
    let AtomicColumns { lr, sc, swap, add, bitwise, pick, unit, address, x, y, z, value, .. } = *row;
    let (a, b) = (a::<AB>(row), b::<AB>(row));
    let held = [address.into(), width::<AB>(row)];
    for half in 0..2 {
        builder.when(bitwise + pick).assert_eq(x[half], a[half].clone());
        builder.when(bitwise + pick).assert_eq(y[half], b[half].clone());
        builder.when(add).assert_eq(x[half], value[half]);
        builder.when(add).assert_eq(y[half], value[half]);
        builder.when(sc).assert_eq(y[half], held[half].clone());
    }
    builder.when(sc + pick).assert_zero(z[1]);
    let it = UnitMessage { op: unit.into(), a: x.map(Into::into), b: y.map(Into::into), c: z.map(Into::into) };
    bus::ask_unit(builder, real::<AB>(row) - lr - swap, it);
}

fn value<AB: TableBuilder>(builder: &mut AB, row: &AtomicColumns<AB::Var>) {
    let AtomicColumns { lr, sc, swap, add, bitwise, pick, x, y, z, value, after, .. } = *row;
    let (a, b) = (a::<AB>(row), b::<AB>(row));
    let mut carried = AB::Expr::ZERO;
    for half in 0..2 {
        builder.when(lr).assert_eq(value[half], a[half].clone());
        builder.when(sc + swap).assert_eq(value[half], b[half].clone());
        builder.when(add + bitwise).assert_eq(value[half], z[half]);
        builder.when(pick).assert_eq(value[half], z[0] * (x[half] - y[half]) + y[half]);
        let sum = a[half].clone() + b[half].clone() + carried;
        builder.when(add).assert_eq(value[half] + after[half] * number::<AB>(1 << 32), sum);
        builder.when(add).assert_bool(after[half]);
        carried = after[half].into();
    }
}

/// The word after: `value` in place of the 4 or 8 bytes.
fn memory<AB: TableBuilder>(builder: &mut AB, row: &AtomicColumns<AB::Var>) {
    let AtomicColumns { double, high, old, new, value, .. } = *row;
    let low = low::<AB>(row);
    builder.assert_eq(new[0], double * value[0] + low.clone() * value[1] + high * old[0]);
    builder.assert_eq(new[1], low * (old[1] - value[1]) + value[1]);
}

/// rd: the old value, sign-extended, or whether `sc` failed. The limbs serve either the sign or the alignment of `sc`:
/// width · (limbs) = address without wrapping around the field, because the limbs are below 2^32.
fn destination<AB: TableBuilder>(builder: &mut AB, row: &AtomicColumns<AB::Var>) {
    let AtomicColumns { sc, double, high, refused, address, old, rd_new, limbs, sign, .. } = *row;
    let real = real::<AB>(row);
    let low_half = limbs[0] + limbs[1] * number::<AB>(1 << 16);
    builder.when(sc).assert_eq(rd_new[0], refused);
    builder.when(sc).assert_zero(rd_new[1]);
    builder.when(sc).assert_eq(width::<AB>(row) * low_half.clone(), address);
    let mut other = builder.when(real.clone() - sc);
    other.assert_eq(rd_new[0], low_half);
    other.assert_eq(rd_new[0], (AB::Expr::ONE - high) * old[0] + high * old[1]);
    let fill = sign * number::<AB>(u64::from(u32::MAX));
    other.assert_eq(rd_new[1], double * old[1] + (AB::Expr::ONE - double) * fill);
    bus::limb(builder, real.clone(), limbs[0]);
    bus::sign(builder, real, limbs[1], sign);
}

fn reservation<AB: TableBuilder>(builder: &mut AB, row: &AtomicColumns<AB::Var>) {
    let AtomicColumns { lr, sc, address, after, .. } = *row;
    builder.when(lr).assert_eq(after[0], address);
    builder.when(lr).assert_eq(after[1], width::<AB>(row));
    builder.when(sc).assert_zeros(after);
}

fn execute<AB: TableBuilder>(builder: &mut AB, row: &AtomicColumns<AB::Var>) {
    let AtomicColumns { lr, sc, swap, add, bitwise, pick, double, unit, time, pc, cells, .. } = *row;
    let real = real::<AB>(row);
    let classes = [
        (lr, Class::LoadReserved),
        (sc, Class::StoreConditional),
        (swap, Class::Swap),
        (add, Class::Add),
        (bitwise, Class::Bitwise),
        (pick, Class::Pick),
    ];
    let class = classes.into_iter().map(|(flag, class)| flag * number::<AB>(class as u64)).sum::<AB::Expr>();
    let code = class + double * number::<AB>(DOUBLE);
    let [r1, r2, r3] = cells.map(Into::into);
    bus::fetch(builder, real.clone(), kind::ATOMIC, [pc.into(), code, r1, r2, r3, unit.into()]);
    let next = [time + number::<AB>(SLOTS), pc + number::<AB>(4)];
    bus::execute(builder, real, [time.into(), pc.into()], next);
}

fn accesses<AB: TableBuilder>(builder: &mut AB, row: &AtomicColumns<AB::Var>) {
    let AtomicColumns { lr, sc, high, refused, time, cells, before, address, rs2, read_only, .. } = *row;
    let AtomicColumns { old, new, rd_old, rd_new, x, after, .. } = *row;
    let real = real::<AB>(row);
    let word = (address - high * number::<AB>(4)) * F::from_u64(8).inverse() + read_only * number::<AB>(READ_ONLY);
    let value = |value: Halves<AB::Var>| value.map(Into::into);
    let rs1 = [address.into(), AB::Expr::ZERO];
    let all = [
        (real.clone(), cells[0].into(), rs1.clone(), rs1),
        (real.clone(), cells[1].into(), value(rs2), value(rs2)),
        (real.clone() - refused, word, value(old), value(new)),
        (real, cells[2].into(), value(rd_old), value(rd_new)),
        (lr + sc, number::<AB>(RESERVATION), value(x), value(after)),
    ];
    for (at, (real, cell, old, new)) in all.into_iter().enumerate() {
        let it = CellAccess { cell, before: before[at].into(), now: time + number::<AB>(at as u64), old, new };
        bus::access(builder, real, it);
    }
}
