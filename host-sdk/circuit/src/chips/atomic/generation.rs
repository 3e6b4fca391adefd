//! How rows of `atomic` are filled.

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;
use zkvm_machine::{Signedness, Width, extend};

use super::columns::AtomicColumns;
use super::fields::{AtomicFields, Class};
use crate::chips::height;
use crate::counts::Counts;
use crate::field::{F, halves, limbs};
use crate::op::{Op, UnitCall};

/// One instruction of the `A` extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtomicStep {
    /// Its address.
    pub pc: u64,
    /// Time of its first access. It accesses rs1, rs2, memory (unless it is a failing `sc`), rd and the reservation (if
    /// it is `lr` or `sc`), at `time`, + 1, + 2, + 3 and + 4.
    pub time: u64,
    /// The program's row.
    pub fields: AtomicFields,
    /// Value of rs1: below 2^32 and aligned.
    pub address: u64,
    /// Value of rs2; of x0, for `lr`.
    pub rs2: u64,
    /// The word in memory before. It means nothing if it is not accessed.
    pub word: u64,
    /// Whether it lies in read-only memory; only if this is `lr`.
    pub read_only: bool,
    /// Value of rd before; if that is x0, of [`crate::cells::TRASH`].
    pub rd: u64,
    /// Content of [`crate::cells::RESERVATION`] before. It means nothing if it is not accessed.
    pub reservation: u64,
    /// Time of the access before, per access. It means nothing where there is none.
    pub before: [u64; 5],
}

impl AtomicStep {
    /// Content of [`crate::cells::RESERVATION`] after `lr` of this address and width; [`AtomicStep::reservation`] is that
    /// or 0.
    pub fn held(address: u64, width: Width) -> u64 {
        address | width.bytes() << 32
    }

    /// Whether it is a `sc` that fails.
    pub fn refused(&self) -> bool {
        self.fields.class == Class::StoreConditional && self.reservation != self.wanted()
    }

    fn wanted(&self) -> u64 {
        AtomicStep::held(self.address, self.fields.width)
    }

    /// Whether it accesses the reservation.
    pub fn reserves(&self) -> bool {
        matches!(self.fields.class, Class::LoadReserved | Class::StoreConditional)
    }

    /// Bits by which 4 bytes lie above the word's lowest.
    fn shift(&self) -> u64 {
        self.address % 8 * 8
    }

    /// A and B of `air.rs`.
    fn operands(&self) -> [u64; 2] {
        match self.fields.width {
            Width::Double => [self.word, self.rs2],
            _ => [self.word >> self.shift() << 32, self.rs2 << 32],
        }
    }

    /// The unit's call and the value written.
    fn compute(&self) -> (UnitCall, u64) {
        let [a, b] = self.operands();
        let ask = |op, a, b, c| UnitCall { op, a, b, c };
        let none = ask(Op::And, self.reservation, 0, 0);
        match (self.fields.class, self.fields.unit) {
            (Class::LoadReserved, _) => (none, a),
            (Class::StoreConditional, _) => {
                let wanted = self.wanted();
                (ask(Op::Eq, self.reservation, wanted, u64::from(self.reservation == wanted)), b)
            }
            (Class::Swap, _) => (UnitCall { a: 0, ..none }, b),
            (Class::Add, _) => {
                let sum = a.wrapping_add(b);
                (ask(Op::And, sum, sum, sum), sum)
            }
            (Class::Bitwise, op) => {
                let op = op.unwrap_or(Op::And);
                let value = match op {
                    Op::Or => a | b,
                    Op::Xor => a ^ b,
                    _ => a & b,
                };
                (ask(op, a, b, value), value)
            }
            (Class::Pick, op) => {
                let op = op.unwrap_or(Op::Lt);
                let keep = match op {
                    Op::Ge => a as i64 >= b as i64,
                    Op::Geu => a >= b,
                    Op::Ltu => a < b,
                    _ => (a as i64) < b as i64,
                };
                (ask(op, a, b, u64::from(keep)), if keep { a } else { b })
            }
        }
    }

    fn stored(&self, value: u64) -> u64 {
        match self.fields.width {
            Width::Double => value,
            _ => self.word & !(0xffff_ffff << self.shift()) | value >> 32 << self.shift(),
        }
    }

    fn rd_after(&self) -> u64 {
        match (self.fields.class, self.fields.width) {
            (Class::StoreConditional, _) => u64::from(self.refused()),
            (_, width) => extend(self.word >> self.shift(), width, Signedness::Signed),
        }
    }

    fn after(&self) -> [u64; 2] {
        let [a, b] = self.operands();
        match self.fields.class {
            Class::LoadReserved => [self.address, self.fields.width.bytes()],
            Class::Add => {
                let low = (a & 0xffff_ffff) + (b & 0xffff_ffff);
                [low >> 32, u64::from(a.checked_add(b).is_none())]
            }
            Class::StoreConditional | Class::Swap | Class::Bitwise | Class::Pick => [0; 2],
        }
    }

    fn count(&self, counts: &mut Counts, limbs: [u64; 2]) {
        let made = [true, true, !self.refused(), true, self.reserves()];
        for ((at, before), _) in (0..).zip(self.before).zip(made).filter(|(_, made)| *made) {
            counts.access(before, self.time + at);
        }
        counts.limb(limbs[0]);
        counts.sign(limbs[1]);
    }

    fn row(&self, call: UnitCall, value: u64, [low, high]: [u64; 2]) -> AtomicColumns<F> {
        let AtomicFields { class, width, cells, unit } = self.fields;
        let is = |it| F::from_bool(class == it);
        AtomicColumns {
            lr: is(Class::LoadReserved),
            sc: is(Class::StoreConditional),
            swap: is(Class::Swap),
            add: is(Class::Add),
            bitwise: is(Class::Bitwise),
            pick: is(Class::Pick),
            double: F::from_bool(width == Width::Double),
            high: F::from_bool(self.address & 4 != 0 && width != Width::Double),
            refused: F::from_bool(self.refused()),
            unit: F::from_u64(unit.map_or(0, |op| op as u64)),
            time: F::from_u64(self.time),
            pc: F::from_u64(self.pc),
            cells: cells.map(F::from_u64),
            before: self.before.map(F::from_u64),
            address: F::from_u64(self.address),
            rs2: halves(self.rs2),
            read_only: F::from_bool(self.read_only),
            old: halves(self.word),
            new: halves(self.stored(value)),
            rd_old: halves(self.rd),
            rd_new: halves(self.rd_after()),
            limbs: [F::from_u64(low), F::from_u64(high)],
            sign: F::from_u64(high >> 15),
            x: halves(call.a),
            y: halves(call.b),
            z: halves(call.c),
            value: halves(value),
            after: self.after().map(F::from_u64),
        }
    }
}

/// Rows of `steps`. What they ask of the units is added to `units`.
pub fn rows(steps: &[AtomicStep], counts: &mut Counts, units: &mut Vec<UnitCall>) -> RowMajorMatrix<F> {
    let width = AtomicColumns::<F>::WIDTH;
    let mut rows = RowMajorMatrix::new(F::zero_vec(height(steps.len()) * width), width);
    for (step, row) in steps.iter().zip(rows.rows_mut()) {
        let (call, value) = step.compute();
        let [low, high, ..] = limbs(match step.fields.class {
            Class::StoreConditional => step.address / step.fields.width.bytes(),
            _ => step.rd_after(),
        });
        step.count(counts, [low, high]);
        step.row(call, value, [low, high]).write(row);
        units.extend(step.fields.unit.is_some().then_some(call));
    }
    rows
}
