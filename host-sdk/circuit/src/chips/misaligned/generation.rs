//! How rows of `misaligned` are filled.

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;
use zkvm_machine::{Reg, Signedness, Width, extend};

use super::columns::MisalignedColumns;
use crate::cells::{destination, source};
use crate::chips::height;
use crate::counts::Counts;
use crate::field::{F, Halves, halves};
use crate::op::{NarrowCall, NarrowOp, Op, UnitCall};

/// One load or store of 2, 4 or 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MisalignedStep {
    /// Its address.
    pub pc: u64,
    /// Time of its first access. It accesses rs1, rs2 or rd, the first word and, if it [`MisalignedStep::crosses`], the
    /// second, at `time`, + 1, + 2 and + 3.
    pub time: u64,
    /// What it is; [`Width::Double`] is allowed, [`Width::Byte`] is not.
    pub op: NarrowOp,
    /// Register of the address.
    pub rs1: Reg,
    /// rd of a load, rs2 of a store.
    pub register: Reg,
    /// Its immediate.
    pub offset: i32,
    /// Value of rs1.
    pub base: u64,
    /// Value of `register` before; for a load to x0, of [`crate::cells::TRASH`].
    pub value: u64,
    /// The first and the second word before. The second means nothing if it is not accessed.
    pub words: [u64; 2],
    /// Whether each lies in read-only memory.
    pub read_only: [bool; 2],
    /// Time of the access before, per access. The last means nothing if the second word is not accessed.
    pub before: [u64; 4],
}

/// What a step computes.
struct Computed {
    /// The eight bytes at the address: those from the first word, those from the second.
    parts: [u64; 2],
    source: u64,
    result: u64,
    shifts: [UnitCall; 6],
}

impl MisalignedStep {
    /// First byte of the access.
    pub fn address(&self) -> u64 {
        self.base.wrapping_add(self.offset as u64)
    }

    /// Whether it reaches into the second word.
    pub fn crosses(&self) -> bool {
        self.address() % 8 + self.width().bytes() > 8
    }

    fn width(&self) -> Width {
        match self.op {
            NarrowOp::Load(width, _) | NarrowOp::Store(width) => width,
        }
    }

    fn compute(&self) -> Computed {
        let up = 8 * (self.address() % 8);
        let down = 64 - up;
        let shift = |op, a: u64, b: u64| {
            let c = if op == Op::Sll { a << (b & 63) } else { a >> (b & 63) };
            UnitCall { op, a, b, c }
        };
        let lower = shift(Op::Srl, self.words[0], up);
        let upper = shift(Op::Sll, if self.crosses() { self.words[1] } else { 0 }, down);
        let there = lower.c | upper.c;
        let mask = self.width().mask();
        let (source, result) = match self.op {
            NarrowOp::Load(width, signedness) => (there, extend(there & mask, width, signedness)),
            NarrowOp::Store(_) => (self.value, there & !mask | self.value & mask),
        };
        let shifts = [
            lower,
            upper,
            shift(Op::Sll, lower.c, up),
            shift(Op::Sll, result, up),
            shift(Op::Srl, upper.c, down),
            shift(Op::Srl, result, down),
        ];
        Computed { parts: [lower.c, upper.c], source, result, shifts }
    }

    fn count(&self, counts: &mut Counts) {
        let accesses = if self.crosses() { 4 } else { 3 };
        for (at, before) in (0..).zip(&self.before[..accesses]) {
            counts.access(*before, self.time + at);
        }
        let address = self.address();
        counts.low3(address & 0xffff);
        counts.limb(address >> 16);
        counts.low3(address % 8 + self.width().bytes() - 1);
    }

    fn row(&self, computed: &Computed) -> MisalignedColumns<F> {
        let (address, crosses, width) = (self.address(), self.crosses(), self.width());
        let (store, unsigned) = match self.op {
            NarrowOp::Load(_, signedness) => (false, signedness == Signedness::Unsigned),
            NarrowOp::Store(_) => (true, false),
        };
        let bit = F::from_bool;
        let extra = match (width, store, unsigned) {
            (Width::Double, ..) | (_, false, false) => 0,
            (_, false, true) => 4,
            (_, true, _) => 8,
        };
        let other = if store { [source(self.register), 0] } else { [0, destination(self.register)] };
        let stored = |at: usize| -> Halves<F> { halves(if store { computed.shifts[at].c } else { 0 }) };
        MisalignedColumns {
            half: bit(width == Width::Half),
            word: bit(width == Width::Word),
            double: bit(width == Width::Double),
            store: bit(store),
            extra: F::from_u64(extra),
            time: F::from_u64(self.time),
            pc: F::from_u64(self.pc),
            cells: [source(self.rs1), other[0], other[1]].map(F::from_u64),
            imm: halves(self.offset as u64),
            before: self.before.map(F::from_u64),
            rs1: halves(self.base),
            old: halves(self.value),
            new: halves(if store { self.value } else { computed.result }),
            address: [F::from_u64(address & 0xffff), F::from_u64(address >> 16)],
            offset: F::from_u64(address % 8),
            crosses: bit(crosses),
            read_only: [bit(self.read_only[0]), bit(crosses && self.read_only[1])],
            first: halves(self.words[0]),
            second: halves(computed.shifts[1].a),
            lower: halves(computed.parts[0]),
            upper: halves(computed.parts[1]),
            source: halves(computed.source),
            result: halves(computed.result),
            first_lost: stored(2),
            first_gained: stored(3),
            second_lost: stored(4),
            second_gained: stored(5),
        }
    }
}

/// Rows of `steps`. What they ask of the units is added to `units` and `narrow`.
pub fn rows(
    steps: &[MisalignedStep],
    counts: &mut Counts,
    units: &mut Vec<UnitCall>,
    narrow: &mut Vec<NarrowCall>,
) -> RowMajorMatrix<F> {
    let width = MisalignedColumns::<F>::WIDTH;
    let mut rows = RowMajorMatrix::new(F::zero_vec(height(steps.len()) * width), width);
    for (step, row) in steps.iter().zip(rows.rows_mut()) {
        let computed = step.compute();
        step.count(counts);
        step.row(&computed).write(row);
        let asked = if matches!(step.op, NarrowOp::Store(_)) { 6 } else { 2 };
        units.extend_from_slice(&computed.shifts[..asked]);
        if step.width() != Width::Double {
            let Computed { parts, source, result, .. } = computed;
            narrow.push(NarrowCall { op: step.op, offset: 0, source, old: parts[0] | parts[1], new: result });
        }
    }
    rows
}
