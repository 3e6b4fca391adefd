//! How rows of `core` are filled.

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::columns::CoreColumns;
use crate::cells::READ_ONLY;
use crate::chips::filling::fill_rows;
use crate::chips::program::CoreFields;
use crate::counts::Counts;
use crate::field::{F, halves};
use crate::op::{NarrowCall, NarrowOp};

/// One instruction that `core` executes.
#[derive(Clone, Copy, Debug)]
pub struct CoreStep {
    /// Its address.
    pub pc: u64,
    /// Address of the next one.
    pub next_pc: u64,
    /// Time of its first access.
    pub time: u64,
    /// The program's row.
    pub fields: CoreFields,
    /// Time of the access before, per access.
    pub before: [u64; 3],
    /// Value of the first cell.
    pub first: u64,
    /// Value of the second cell.
    pub second: u64,
    /// Value of the third cell before.
    pub old: u64,
    /// Value of the third cell after.
    pub new: u64,
    /// Whether a load reads read-only memory.
    pub read_only: bool,
}

impl CoreStep {
    /// s: rs1 + imm + sigma · rs2.
    pub fn sum(&self) -> u64 {
        let rs2 = (self.second as i64).wrapping_mul(i64::from(self.fields.flags.sigma)) as u64;
        self.first.wrapping_add(self.fields.imm).wrapping_add(rs2)
    }

    /// What it asks of `narrow`, if anything.
    pub fn narrow(&self, op: NarrowOp) -> NarrowCall {
        let CoreStep { second: source, old, new, .. } = *self;
        NarrowCall { op, offset: self.sum() & 7, source, old, new }
    }

    fn carries(&self, sum: u64) -> [bool; 2] {
        let (first, imm, second) = (self.first, self.fields.imm, self.second);
        if self.fields.flags.sigma < 0 {
            return [(first as u32) < (second as u32), first < second];
        }
        let added = if self.fields.flags.sigma == 0 { imm } else { imm | second };
        let low = u64::from(first as u32) + u64::from(added as u32);
        debug_assert_eq!(sum, first.wrapping_add(added), "no instruction adds both an immediate and rs2");
        [low >> 32 != 0, sum < first]
    }

    fn row(&self) -> CoreColumns<F> {
        let flags = self.fields.flags;
        let bit = F::from_bool;
        let sum = self.sum();
        let [low, high] = [sum & 0xffff_ffff, sum >> 32];
        let read_only = if self.read_only { READ_ONLY } else { 0 };
        CoreColumns {
            real: F::ONE,
            time: F::from_u64(self.time),
            pc: F::from_u64(self.pc),
            next_pc: F::from_u64(self.next_pc),
            load: bit(flags.load),
            store: bit(flags.store),
            jalr: bit(flags.jalr),
            branch: bit(flags.branch),
            unit: bit(flags.unit),
            narrow: bit(flags.narrow),
            word: bit(flags.word),
            sigma: F::from_i8(flags.sigma),
            op: F::from_u64(self.fields.op),
            cells: self.fields.cells.map(F::from_u64),
            imm: halves(self.fields.imm),
            target: F::from_u64(self.fields.target),
            before: self.before.map(F::from_u64),
            first: halves(self.first),
            second: halves(self.second),
            old: halves(self.old),
            new: halves(self.new),
            load_cell: if flags.load { F::from_u64(low / 8 + read_only) } else { F::ZERO },
            store_cell: if flags.store { F::from_u64(low / 8) } else { F::ZERO },
            sum: [F::from_u64(low), F::from_u64(high)],
            upper: [F::from_u64(low >> 16), F::from_u64(high >> 16)],
            carry: self.carries(sum).map(bit),
            sign: F::from_u64(low >> 31),
            offset: F::from_u64(sum & 7),
            odd: bit(flags.jalr && sum & 1 == 1),
        }
    }

    fn count(&self, counts: &mut Counts) {
        for (at, before) in (0..).zip(self.before) {
            counts.access(before, self.time + at);
        }
        let sum = self.sum();
        counts.low3(sum & 0xffff);
        counts.sign(sum >> 16 & 0xffff);
        counts.limb(sum >> 32 & 0xffff);
        counts.limb(sum >> 48);
    }
}

/// Rows of `steps`.
pub fn rows(steps: &[CoreStep], counts: &mut Counts) -> RowMajorMatrix<F> {
    fill_rows(CoreColumns::<F>::WIDTH, steps.len(), counts, |index, row, counts| {
        if let Some(step) = steps.get(index) {
            step.row().write(row);
            step.count(counts);
        }
    })
}
