//! Constraints and messages of `touch`.
//!
//! A used row takes a cell's value at `before` and puts the same value back at `after`, where
//! 1 ≤ `after` − `before` ≤ 2^32: an access alone bridges no more than 2^16.
//!
//! The gap less one is `low` + 2^16·high, both below 2^16, so it is a number below 2^32 and not just an element of the
//! field. With less than 2^24 accesses and bridges of a cell in a segment its times stay below 2^56 and never wrap.

use p3_air::WindowAccess;
use p3_field::{Field, PrimeCharacteristicRing};

use super::columns::TouchColumns;
use crate::bus::{self, TableBuilder};
use crate::chip::Table;
use crate::field::F;

/// The `touch` table.
#[derive(Clone, Debug)]
pub struct Touch;

impl Table for Touch {
    const NAME: &'static str = "touch";

    fn columns(&self) -> Vec<String> {
        TouchColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, builder: &mut AB) {
        let row = TouchColumns::<AB::Var>::read(builder.main().current_slice());
        builder.assert_bool(row.real);
        let value = row.value.map(Into::into);
        bus::receive_cell(builder, row.real, row.cell.into(), row.before.into(), value.clone());
        bus::send_cell(builder, row.real, row.cell.into(), row.after.into(), value);
        let gap = row.after - row.before - AB::Expr::ONE;
        bus::limb(builder, row.real, row.low);
        bus::limb(builder, row.real, (gap - row.low) * F::from_u64(1 << 16).inverse());
    }
}
