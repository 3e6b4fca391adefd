//! `bitwise` vouches for `and`, `or` and `xor`.
//!
//! With & from the `range` bus, byte by byte: a ^ b = a + b − 2 (a & b) and a | b = (a ^ b) + (a & b), as sums of bytes that
//! never carry. So c = \[op ≠ xor\] (a & b) + \[op ≠ and\] (a ^ b), below 2^32 in each half. The operands determine their
//! bytes, those determine the rest.

use p3_air::WindowAccess;
use p3_field::PrimeCharacteristicRing;

use super::columns::BitwiseColumns;
use crate::bus::{self, TableBuilder, UnitMessage};
use crate::chip::Table;
use crate::chips::units::number;
use crate::field::F;
use crate::op::Op;

/// The `bitwise` table.
#[derive(Clone, Debug)]
pub struct Bitwise;

// The formulas below are polynomials through these numbers.
const _: () = assert!(Op::And as u8 == 0 && Op::Or as u8 == 1 && Op::Xor as u8 == 2);

impl Table for Bitwise {
    const NAME: &'static str = "bitwise";

    fn columns(&self) -> Vec<String> {
        BitwiseColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, builder: &mut AB) {
        let BitwiseColumns { times, op, a, b, and, c } = BitwiseColumns::read(builder.main().current_slice());
        builder.assert_zero(op * (op - AB::Expr::ONE) * (op - AB::Expr::TWO));
        for ((a, b), and) in a.into_iter().zip(b).zip(and) {
            bus::and_bytes(builder, AB::Expr::ONE, a, b, and);
        }

        let [a, b, and] = [a, b, and].map(halves_of_bytes::<AB>);
        // Both doubled: 2, 2, 0 and 0, 2, 2 for `and`, `or`, `xor`.
        let twice_not_xor = AB::Expr::TWO - op * (op - AB::Expr::ONE);
        let twice_not_and = op * (number::<AB>(3) - op);
        for half in 0..2 {
            let and = and[half].clone();
            let xor = a[half].clone() + b[half].clone() - and.double();
            builder.assert_eq(c[half].into().double(), twice_not_xor.clone() * and + twice_not_and.clone() * xor);
        }
        bus::provide_unit(builder, times, UnitMessage { op: op.into(), a, b, c: c.map(Into::into) });
    }
}

fn halves_of_bytes<AB: TableBuilder>(bytes: [AB::Var; 8]) -> [AB::Expr; 2] {
    core::array::from_fn(|half| {
        bytes[4 * half..][..4].iter().rev().fold(AB::Expr::ZERO, |sum, &byte| sum * number::<AB>(256) + byte)
    })
}
