//! `compare` vouches for comparisons of two words: `Ltu`, `Lt`, `Eq` and their negations `Geu`, `Ge`, `Ne`.
//!
//! Unsigned, the high halves decide unless they are the `same`; then the low halves do. `difference` is that of the halves
//! that decide and lies between −2^32 and 2^32, so that two limbs for `difference` + 2^32 · `holds` make `holds` its sign.
//! High halves that decide must differ, so a difference of 0 means that the words are equal: `Eq`.
//!
//! Signed, with the *sign* of a word the top bit of its high half:
//! - Signs equal: the unsigned result holds. It suffices to know one sign. Is the smaller word negative, or the greater
//!   one not, then the unsigned order carries the other along (a <ᵤ b, a negative: b ≥ᵤ a ≥ᵤ 2^63). So `probe` is the
//!   smaller word's high half if `negative`, else the greater's.
//! - `apart`: a is the negative one if `holds`. `probe` is high(a), and `difference` = high(b) − 2^31 has b's sign, negated.
//!
//! In either case `probe` is high(a) if `negative` = `holds`, else high(b); its sign is `negative`. Operands are canonical.

use p3_air::{AirBuilder, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::columns::CompareColumns;
use crate::bus::{self, TableBuilder, UnitMessage};
use crate::chip::Table;
use crate::chips::units::{HALF, LIMB, number};
use crate::field::F;
use crate::op::Op;

/// The `compare` table.
#[derive(Clone, Debug)]
pub struct Compare;

impl Table for Compare {
    const NAME: &'static str = "compare";

    fn columns(&self) -> Vec<String> {
        CompareColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, builder: &mut AB) {
        let row = CompareColumns::read(builder.main().current_slice());
        let CompareColumns { signed, equality, same, apart, holds, negative, .. } = row;
        builder.assert_bools([signed, equality, same, apart, holds, negative]);
        builder.assert_zero(signed * equality);
        builder.when(apart).assert_one(signed);
        builder.assert_zero(apart * same);
        difference(builder, &row);
        signs(builder, &row);
        provide(builder, &row);
    }
}

fn difference<AB: TableBuilder>(builder: &mut AB, row: &CompareColumns<AB::Var>) {
    let CompareColumns { equality, a, b, same, apart, difference, inverse, holds, upper, .. } = *row;
    let [low, high] = [a[0] - b[0], a[1] - b[1]];
    builder.assert_zero(same * high.clone());
    let top_of_b = b[1] - number::<AB>(1 << 31);
    let decides = high.clone() + same * (low - high.clone()) + apart * (top_of_b - high);
    builder.assert_eq(difference, decides);

    let zero = AB::Expr::ONE - difference * inverse;
    builder.assert_zero(zero.clone() * difference);
    builder.assert_zero(zero.clone() * (AB::Expr::ONE - same - apart));
    builder.when(equality).assert_eq(holds, zero);

    let ordering = AB::Expr::ONE - equality;
    bus::limb(builder, ordering.clone(), difference + holds * number::<AB>(HALF) - upper * number::<AB>(LIMB));
    bus::limb(builder, ordering, upper);
}

fn signs<AB: TableBuilder>(builder: &mut AB, row: &CompareColumns<AB::Var>) {
    let CompareColumns { signed, a, b, apart, holds, negative, probe, probe_upper, .. } = *row;
    let of_b = negative + holds - (negative * holds).double();
    builder.assert_eq(probe, a[1] + of_b * (b[1] - a[1]));
    builder.assert_zero(apart * (negative - holds));
    bus::sign(builder, signed, probe_upper, negative);
    bus::limb(builder, signed, probe - probe_upper * number::<AB>(LIMB));
}

fn provide<AB: TableBuilder>(builder: &mut AB, row: &CompareColumns<AB::Var>) {
    let CompareColumns { times, signed, equality, a, b, holds, .. } = *row;
    let op = |op: Op| number::<AB>(op as u64);
    // As in `core`'s flags, the numbers of the ops are the values of a linear form.
    const _: () = assert!(Op::Lt as u8 + 1 == Op::Ltu as u8 && Op::Ltu as u8 + 1 == Op::Eq as u8);
    const _: () = assert!(Op::Ge as u8 + 1 == Op::Geu as u8 && Op::Ne as u8 + 2 == Op::Geu as u8);
    let ops = [op(Op::Ltu) - signed + equality, op(Op::Geu) - signed - equality.into().double()];
    let results = [holds.into(), AB::Expr::ONE - holds];
    for ((times, op), result) in times.into_iter().zip(ops).zip(results) {
        let [a, b] = [a, b].map(|word| word.map(Into::into));
        bus::provide_unit(builder, times, UnitMessage { op, a, b, c: [result, AB::Expr::ZERO] });
    }
}
