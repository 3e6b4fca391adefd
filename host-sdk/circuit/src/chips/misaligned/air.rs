//! `misaligned` executes loads and stores of 2, 4 and 8 bytes at any address; `core` and `narrow` do the aligned ones in
//! fewer cells. It looks up the row of the program that `core` would.
//!
//! With o = s mod 8, the eight bytes at s are `first` >> 8o | `second` << (64 − 8o). The two have no bit in common, so their
//! sum is without carries, half by half. A load of 8 bytes is just them, a narrow one is what `narrow` makes of them at
//! offset 0. A store makes another eight bytes of them (rs2, or what `narrow` makes of rs2 and them) and puts them where
//! they were: the first word loses lower << 8o, which are its own bits from 8o on, and gains result << 8o in their place;
//! likewise the second. Each difference and sum is bit by bit, so the new words are canonical and no other byte changes.
//!
//! If the access does not reach into the second word, that word is 0 here and not accessed: a narrow access uses only
//! the lowest bytes of the eight, which all come from the first word. This includes o = 0, where the shift by 64 is one by 0.
//! The first word is always accessed, and memory's last page is never mapped, so the second word is one of memory, too.

use p3_air::{AirBuilder, WindowAccess};
use p3_field::{Field, PrimeCharacteristicRing};

use super::columns::MisalignedColumns;
use crate::bus::{self, CellAccess, NarrowMessage, TableBuilder, UnitMessage, kind};
use crate::cells::READ_ONLY;
use crate::chip::Table;
use crate::field::{F, Halves};
use crate::op::Op;

/// Slots of time a row takes.
pub const SLOTS: u64 = 4;

/// The `misaligned` table.
#[derive(Clone, Debug)]
pub struct Misaligned;

impl Table for Misaligned {
    const NAME: &'static str = "misaligned";

    fn columns(&self) -> Vec<String> {
        MisalignedColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, builder: &mut AB) {
        let row = MisalignedColumns::read(builder.main().current_slice());
        flags(builder, &row);
        address(builder, &row);
        values(builder, &row);
        execute(builder, &row);
        accesses(builder, &row);
        units(builder, &row);
    }
}

fn number<AB: TableBuilder>(value: u64) -> AB::Expr {
    AB::Expr::from_u64(value)
}

fn real<AB: TableBuilder>(row: &MisalignedColumns<AB::Var>) -> AB::Expr {
    row.half + row.word + row.double
}

/// On a row that is not real nothing is accessed and no unit asked.
fn flags<AB: TableBuilder>(builder: &mut AB, row: &MisalignedColumns<AB::Var>) {
    let MisalignedColumns { half, word, double, store, extra, crosses, read_only, second, .. } = *row;
    let real = real::<AB>(row);
    builder.assert_bools([half, word, double, store, crosses]);
    builder.assert_bools(read_only);
    builder.assert_bool(real.clone());
    builder.when(store + crosses).assert_one(real);
    builder.when(store).assert_zero(read_only[0] + read_only[1]);
    let mut inside = builder.when(AB::Expr::ONE - crosses);
    inside.assert_zeros([second[0], second[1], read_only[1]]);
    builder.when(double).assert_zero(extra);
    builder.when(store * (half + word)).assert_eq(extra, number::<AB>(8));
    builder.when(AB::Expr::ONE - store).assert_zero(extra * (extra - number::<AB>(4)));
}

fn low_half<AB: TableBuilder>(row: &MisalignedColumns<AB::Var>) -> AB::Expr {
    row.address[0] + row.address[1] * number::<AB>(1 << 16)
}

/// rs1 + imm mod 2^64 is s < 2^32: the low halves' sum is s and a carry, the high halves' sum with it 0 or 2^32.
/// Offset + width − 1 has bit 3 just if the last byte lies in the second word.
fn address<AB: TableBuilder>(builder: &mut AB, row: &MisalignedColumns<AB::Var>) {
    let MisalignedColumns { half, word, double, imm, rs1, address, offset, crosses, .. } = *row;
    let real = real::<AB>(row);
    let carry = (rs1[0] + imm[0] - low_half::<AB>(row)) * F::from_u64(1 << 32).inverse();
    builder.assert_bool(carry.clone());
    let high = carry + rs1[1] + imm[1];
    builder.assert_zero(high.clone() * (high - number::<AB>(1 << 32)));
    bus::low3(builder, real.clone(), address[0], offset);
    bus::limb(builder, real.clone(), address[1]);
    let last = offset + half + word * number::<AB>(3) + double * number::<AB>(7);
    bus::low3(builder, real, last.clone(), last - crosses * number::<AB>(8));
}

fn values<AB: TableBuilder>(builder: &mut AB, row: &MisalignedColumns<AB::Var>) {
    let MisalignedColumns { double, store, old, new, lower, upper, source, result, .. } = *row;
    let kept = [row.first_lost, row.first_gained, row.second_lost, row.second_gained];
    for half in 0..2 {
        let mut store_row = builder.when(store);
        store_row.assert_eq(source[half], old[half]);
        store_row.assert_eq(new[half], old[half]);
        let mut load_row = builder.when(AB::Expr::ONE - store);
        load_row.assert_eq(source[half], lower[half] + upper[half]);
        load_row.assert_eq(new[half], result[half]);
        load_row.assert_zeros(kept.map(|value| value[half]));
        builder.when(double).assert_eq(result[half], source[half]);
    }
}

fn operation<AB: TableBuilder>(row: &MisalignedColumns<AB::Var>) -> AB::Expr {
    row.half + row.word * number::<AB>(2) + row.extra
}

fn execute<AB: TableBuilder>(builder: &mut AB, row: &MisalignedColumns<AB::Var>) {
    let MisalignedColumns { half, word, store, time, pc, cells, imm, .. } = *row;
    let real = real::<AB>(row);
    let next_pc = pc + number::<AB>(4);
    // As `crate::chips::program::Flags` packs them: load or store, narrow, sigma = 0.
    let flags = real.clone() + store + (half + word) * number::<AB>(32) + number::<AB>(128);
    let fields = [pc.into(), flags, operation::<AB>(row)].into_iter();
    let fields = fields.chain(cells.map(Into::into)).chain(imm.map(Into::into)).chain([next_pc.clone()]);
    bus::fetch(builder, real.clone(), kind::CORE, fields);
    bus::execute(builder, real, [time.into(), pc.into()], [time + number::<AB>(SLOTS), next_pc]);
}

fn accesses<AB: TableBuilder>(builder: &mut AB, row: &MisalignedColumns<AB::Var>) {
    let MisalignedColumns { time, cells, before, rs1, old, new, offset, crosses, read_only, .. } = *row;
    let MisalignedColumns { first, second, first_lost, first_gained, second_lost, second_gained, .. } = *row;
    let real = real::<AB>(row);
    let named = (low_half::<AB>(row) - offset) * F::from_u64(8).inverse();
    let cell = |at: usize| named.clone() + number::<AB>(at as u64) + read_only[at] * number::<AB>(READ_ONLY);
    let stored = |word: Halves<AB::Var>, lost: Halves<AB::Var>, gained: Halves<AB::Var>| {
        [0, 1].map(|half| word[half] - lost[half] + gained[half])
    };
    let same = |value: Halves<AB::Var>| value.map(Into::into);
    let all = [
        (real.clone(), cells[0].into(), same(rs1), same(rs1)),
        (real.clone(), cells[1] + cells[2], same(old), same(new)),
        (real, cell(0), same(first), stored(first, first_lost, first_gained)),
        (crosses.into(), cell(1), same(second), stored(second, second_lost, second_gained)),
    ];
    for (at, (real, cell, old, new)) in all.into_iter().enumerate() {
        let it = CellAccess { cell, before: before[at].into(), now: time + number::<AB>(at as u64), old, new };
        bus::access(builder, real, it);
    }
}

fn units<AB: TableBuilder>(builder: &mut AB, row: &MisalignedColumns<AB::Var>) {
    let MisalignedColumns { half, word, store, offset, first, second, lower, upper, source, result, .. } = *row;
    let up = offset * number::<AB>(8);
    let down = number::<AB>(64) - up.clone();
    let shifts = [
        (real::<AB>(row), Op::Srl, first, up.clone(), lower),
        (real::<AB>(row), Op::Sll, second, down.clone(), upper),
        (store.into(), Op::Sll, lower, up.clone(), row.first_lost),
        (store.into(), Op::Sll, result, up, row.first_gained),
        (store.into(), Op::Srl, upper, down.clone(), row.second_lost),
        (store.into(), Op::Srl, result, down, row.second_gained),
    ];
    for (asked, op, a, amount, c) in shifts {
        let b = [amount, AB::Expr::ZERO];
        let it = UnitMessage { op: number::<AB>(op as u64), a: a.map(Into::into), b, c: c.map(Into::into) };
        bus::ask_unit(builder, asked, it);
    }
    let it = NarrowMessage {
        op: operation::<AB>(row),
        offset: AB::Expr::ZERO,
        source: source.map(Into::into),
        old: [lower[0] + upper[0], lower[1] + upper[1]],
        new: result.map(Into::into),
    };
    bus::ask_narrow(builder, half + word, it);
}
