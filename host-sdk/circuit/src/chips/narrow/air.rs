//! `narrow` vouches for loads and stores of 1, 2 or 4 bytes that are aligned to their width.
//!
//! With limb = bytes₀ + 256 · bytes₁, the half of the word in memory that bit 2 of the offset names is limb + 2^16 · rest
//! if bit 1 is 0, and rest + 2^16 · limb if it is 1. Both limbs are range-checked and the half is below 2^32 (whoever asks
//! guarantees it), so they are unique. A load is then
//!
//! | bytes | top | new, low half | new, high half |
//! |---|---|---|---|
//! | 1 | 256 · byte | byte + fill · (2^32 − 2^8) | fill · (2^32 − 1) |
//! | 2 | limb | limb + fill · (2^32 − 2^16) | fill · (2^32 − 1) |
//! | 4 | rest (bit 1 is 0) | limb + 2^16 · rest | fill · (2^32 − 1) |
//!
//! where fill = sign · (1 − unsigned). A store takes the register's low half apart, value₀ + 256 · value₁ + 2^16 · top, all
//! three range-checked; `patched` is the limb with value₀ in place of one byte, or with both bytes; a word's rest becomes
//! `top`. The named half changes by just that difference, and the other not at all. The limbs of the result are range-checked
//! ones, so its halves are below 2^32.

use p3_air::{AirBuilder, WindowAccess};
use p3_field::{Field, PrimeCharacteristicRing};

use super::columns::NarrowColumns;
use crate::bus::{self, NarrowMessage, TableBuilder};
use crate::chip::Table;
use crate::field::F;

/// The `narrow` table.
#[derive(Clone, Debug)]
pub struct Narrow;

impl Table for Narrow {
    const NAME: &'static str = "narrow";

    fn columns(&self) -> Vec<String> {
        NarrowColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, builder: &mut AB) {
        let row = NarrowColumns::read(builder.main().current_slice());
        shape(builder, &row);
        take_apart(builder, &row);
        load(builder, &row);
        store(builder, &row);
        provide(builder, &row);
    }
}

const LIMB: u64 = 1 << 16;

fn number<AB: TableBuilder>(value: u64) -> AB::Expr {
    AB::Expr::from_u64(value)
}

fn limb<AB: TableBuilder>(row: &NarrowColumns<AB::Var>) -> AB::Expr {
    row.bytes[0] + row.bytes[1] * number::<AB>(256)
}

fn byte<AB: TableBuilder>(row: &NarrowColumns<AB::Var>) -> AB::Expr {
    AB::Expr::ONE - row.half - row.word
}

/// One width, one meaning, and an offset that is a multiple of the width.
fn shape<AB: TableBuilder>(builder: &mut AB, row: &NarrowColumns<AB::Var>) {
    let NarrowColumns { store, unsigned, half, word, offset, .. } = *row;
    builder.assert_bools([store, unsigned, half, word]);
    builder.assert_bools(offset);
    builder.assert_zero(half * word);
    builder.assert_zero(store * unsigned);
    builder.assert_zero((half + word) * offset[0]);
    builder.assert_zero(word * offset[1]);
}

/// The named half of the word in memory: `source` of a load, `old` of a store.
fn take_apart<AB: TableBuilder>(builder: &mut AB, row: &NarrowColumns<AB::Var>) {
    let NarrowColumns { store, offset, source, old, rest, .. } = *row;
    let [low, high] = [0, 1].map(|half| store * (old[half] - source[half]) + source[half]);
    let named = low.clone() + (high - low) * offset[2];
    let swap = (rest - limb::<AB>(row)) * offset[1];
    let limbs = limb::<AB>(row) + rest * number::<AB>(LIMB) - swap * number::<AB>(LIMB - 1);
    builder.assert_eq(named, limbs);
}

fn load<AB: TableBuilder>(builder: &mut AB, row: &NarrowColumns<AB::Var>) {
    let NarrowColumns { store, unsigned, half, word, offset, new, bytes, rest, value, top, sign, .. } = *row;
    let (byte, limb) = (byte::<AB>(row), limb::<AB>(row));
    let mut load = builder.when(AB::Expr::ONE - store);
    load.assert_eq(value[0], offset[0] * (bytes[1] - bytes[0]) + bytes[0]);
    load.assert_zero(value[1]);
    let shifted = byte.clone() * value[0] * number::<AB>(256) + limb.clone() * half + rest * word;
    load.assert_eq(top, shifted);
    let ones = F::from_u64(u64::from(u32::MAX));
    load.assert_eq(new[1], (AB::Expr::ONE - unsigned) * sign * ones);
    // new₁ / (2^32 − 1) is fill: so every constraint has degree 3.
    let fill = |from: u64| new[1] * (F::from_u64((1 << 32) - from) * ones.inverse());
    let one = byte * (fill(256) + value[0]);
    let two = (fill(LIMB) + limb.clone()) * half;
    let four = (limb + rest * number::<AB>(LIMB)) * word;
    load.assert_eq(new[0], one + two + four);
}

fn store<AB: TableBuilder>(builder: &mut AB, row: &NarrowColumns<AB::Var>) {
    let NarrowColumns { store, word, offset, source, old, new, bytes, rest, value, top, patched, .. } = *row;
    let (byte, limb) = (byte::<AB>(row), limb::<AB>(row));
    let both = value[0] + value[1] * number::<AB>(256);
    // The byte that is replaced, in its place: bytes₀ or 256 · bytes₁.
    let place = offset[0] * number::<AB>(255) + AB::Expr::ONE;
    let gone = offset[0] * (bytes[1] * number::<AB>(256) - bytes[0]) + bytes[0];
    let one = limb.clone() + place * value[0] - gone;
    builder.assert_eq(patched, both.clone() + byte * (one - both.clone()));

    let mut store = builder.when(store);
    store.assert_eq(source[0], both + top * number::<AB>(LIMB));
    store.when(offset[2]).assert_eq(new[0], old[0]);
    store.when(AB::Expr::ONE - offset[2]).assert_eq(new[1], old[1]);
    let change = (offset[1] * number::<AB>(LIMB - 1) + AB::Expr::ONE) * (patched - limb);
    let upper = (top - rest) * word * number::<AB>(LIMB);
    store.assert_eq(new[0] + new[1] - old[0] - old[1], change + upper);
}

fn provide<AB: TableBuilder>(builder: &mut AB, row: &NarrowColumns<AB::Var>) {
    let NarrowColumns { times, store, unsigned, half, word, offset, source, old, new, .. } = *row;
    let NarrowColumns { bytes, rest, value, top, sign, .. } = *row;
    let all = || AB::Expr::ONE;
    bus::two_bytes(builder, all(), bytes[0], bytes[1]);
    bus::limb(builder, all(), rest);
    bus::two_bytes(builder, all(), value[0], value[1]);
    bus::sign(builder, all(), top, sign);
    let it = NarrowMessage {
        op: half + word * number::<AB>(2) + unsigned * number::<AB>(4) + store * number::<AB>(8),
        offset: offset[0] + offset[1] * number::<AB>(2) + offset[2] * number::<AB>(4),
        source: source.map(Into::into),
        old: old.map(Into::into),
        new: new.map(Into::into),
    };
    bus::provide_narrow(builder, times, it);
}
