//! How rows of `ecall` are filled.

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::columns::EcallColumns;
use crate::cells::HALTED;
use crate::chips::height;
use crate::counts::Counts;
use crate::field::{F, halves};

/// Which system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemCall {
    /// `exit`
    Exit,
    /// `write`
    Write {
        /// Value of a2.
        a2: u64,
        /// Time of the access to a2 before.
        before: u64,
    },
}

/// One `ecall`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EcallStep {
    /// Its address.
    pub pc: u64,
    /// Time of its first access. It accesses a7, a0 and, if it is `write`, a2, at `time`, + 1 and + 2.
    pub time: u64,
    /// Which system call it is.
    pub call: SystemCall,
    /// Value of a0.
    pub a0: u64,
    /// Time of the access before: of a7 and a0.
    pub before: [u64; 2],
}

/// Rows of `steps`.
pub fn rows(steps: &[EcallStep], counts: &mut Counts) -> RowMajorMatrix<F> {
    let width = EcallColumns::<F>::WIDTH;
    let mut rows = RowMajorMatrix::new(F::zero_vec(height(steps.len()) * width), width);
    for (step, row) in steps.iter().zip(rows.rows_mut()) {
        fill(step, counts).write(row);
    }
    rows
}

fn fill(step: &EcallStep, counts: &mut Counts) -> EcallColumns<F> {
    let EcallStep { pc, time, call, a0, before } = *step;
    counts.access(before[0], time);
    counts.access(before[1], time + 1);
    let (write, new, before_a2, next_pc) = match call {
        SystemCall::Exit => (false, a0, 0, HALTED),
        SystemCall::Write { a2, before } => {
            counts.access(before, time + 2);
            (true, a2, before, pc + 4)
        }
    };
    EcallColumns {
        write: F::from_bool(write),
        exit: F::from_bool(!write),
        time: F::from_u64(time),
        pc: F::from_u64(pc),
        next_pc: F::from_u64(next_pc),
        before: [before[0], before[1], before_a2].map(F::from_u64),
        old: halves(a0),
        new: halves(new),
    }
}
