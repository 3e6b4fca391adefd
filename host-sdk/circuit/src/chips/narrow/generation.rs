//! How rows of `narrow` are filled.

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;
use zkvm_machine::{Signedness, Width};

use super::columns::NarrowColumns;
use crate::chips::filling::fill_rows;
use crate::counts::Counts;
use crate::field::{F, bytes, halves, limbs};
use crate::op::{NarrowCall, NarrowOp};

/// Rows that answer `calls`, each once.
pub fn rows(calls: &[NarrowCall], counts: &mut Counts) -> RowMajorMatrix<F> {
    fill_rows(NarrowColumns::<F>::WIDTH, calls.len(), counts, |index, row, counts| match calls.get(index) {
        Some(call) => answer(call, counts).write(row),
        None => _ = count(counts, [0; 2], 0, [0; 2], 0),
    })
}

fn count(counts: &mut Counts, limb: [u64; 2], rest: u64, value: [u64; 2], top: u64) -> u64 {
    counts.two_bytes(limb[0], limb[1]);
    counts.limb(rest);
    counts.two_bytes(value[0], value[1]);
    counts.sign(top)
}

fn answer(call: &NarrowCall, counts: &mut Counts) -> NarrowColumns<F> {
    let NarrowCall { op, offset, source, old, new } = *call;
    let (store, width, unsigned) = match op {
        NarrowOp::Load(width, signedness) => (false, width, signedness == Signedness::Unsigned),
        NarrowOp::Store(width) => (true, width, false),
    };
    let memory = limbs(if store { old } else { source });
    let at = offset as usize / 2;
    let (limb, rest) = (memory[at], memory[at ^ 1]);
    let limb_bytes = [limb & 0xff, limb >> 8];
    let odd = offset as usize & 1;
    let (value, top) = if store {
        ([bytes(source)[0], bytes(source)[1]], limbs(source)[1])
    } else {
        let byte = limb_bytes[odd];
        let top = match width {
            Width::Byte => byte << 8,
            Width::Half => limb,
            Width::Word | Width::Double => rest,
        };
        ([byte, 0], top)
    };
    let patched = match (width, odd) {
        (Width::Byte, 0) => value[0] | limb & 0xff00,
        (Width::Byte, _) => limb & 0xff | value[0] << 8,
        (Width::Half | Width::Word | Width::Double, _) => value[0] | value[1] << 8,
    };
    let sign = count(counts, limb_bytes, rest, value, top);
    NarrowColumns {
        times: F::ONE,
        store: F::from_bool(store),
        unsigned: F::from_bool(unsigned),
        half: F::from_bool(width == Width::Half),
        word: F::from_bool(width == Width::Word),
        offset: [0, 1, 2].map(|bit| F::from_u64(offset >> bit & 1)),
        source: halves(source),
        old: halves(old),
        new: halves(new),
        bytes: limb_bytes.map(F::from_u64),
        rest: F::from_u64(rest),
        value: value.map(F::from_u64),
        top: F::from_u64(top),
        sign: F::from_u64(sign),
        patched: F::from_u64(patched),
    }
}
