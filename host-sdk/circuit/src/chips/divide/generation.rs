//! How rows of `divide` are filled.

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::air::NON_SQUARE;
use super::columns::DivideColumns;
use crate::chips::units::{ONES, filled, invert_column};
use crate::counts::Counts;
use crate::field::{F, halves, limbs};
use crate::op::{Op, UnitCall};

/// A row's work: calls with the same operands and signedness, for quotient, remainder or both.
#[derive(Clone, Copy)]
struct Job {
    a: u64,
    b: u64,
    unsigned: bool,
    word: bool,
    times: [u32; 2],
}

/// 0 / 0 asks no other unit for anything.
const PADDING: Job = Job { a: 0, b: 0, unsigned: true, word: false, times: [0, 0] };

impl Job {
    fn new(call: &UnitCall) -> Job {
        let (unsigned, word, times) = match call.op {
            Op::Div => (false, false, [1, 0]),
            Op::Divu => (true, false, [1, 0]),
            Op::Rem => (false, false, [0, 1]),
            Op::Remu => (true, false, [0, 1]),
            Op::Divw => (false, true, [1, 0]),
            Op::Divuw => (true, true, [1, 0]),
            Op::Remw => (false, true, [0, 1]),
            Op::Remuw => (true, true, [0, 1]),
            op => panic!("{op:?} is no division"),
        };
        Job { a: call.a, b: call.b, unsigned, word, times }
    }

    fn merge(&mut self, other: &Job) -> bool {
        let same = (self.a, self.b, self.unsigned, self.word) == (other.a, other.b, other.unsigned, other.word);
        if same {
            self.times = [self.times[0] + other.times[0], self.times[1] + other.times[1]];
        }
        same
    }

    fn extend(&self, operand: u64) -> u64 {
        match (self.word, self.unsigned) {
            (false, _) => operand,
            (true, false) => operand as i32 as u64,
            (true, true) => operand & ONES,
        }
    }

    fn solve(&self) -> Solution {
        let [dividend, divisor] = [self.extend(self.a), self.extend(self.b)];
        let (signed_dividend, signed_divisor) = (dividend as i64, divisor as i64);
        let (quotient, remainder) = match (divisor, self.unsigned) {
            (0, _) => (u64::MAX, dividend),
            (_, true) => (dividend / divisor, dividend % divisor),
            (_, false) => (
                signed_dividend.wrapping_div(signed_divisor) as u64,
                signed_dividend.wrapping_rem(signed_divisor) as u64,
            ),
        };
        let sign = [dividend, divisor].map(|word| !self.unsigned && word >> 63 != 0);
        let overflows = !self.unsigned && signed_dividend.checked_div(signed_divisor).is_none();
        let exact = sign[0] && remainder == 0 && !overflows;
        let negated = divisor != 0 && sign[0] != sign[1];
        let bound = if negated { divisor.wrapping_neg() } else { divisor };
        // a − r borrows, or does not although its integers' difference is negative.
        let negative = dividend < remainder || exact;
        Solution { dividend, divisor, quotient, remainder, sign, exact, negated, bound, negative }
    }
}

struct Solution {
    dividend: u64,
    divisor: u64,
    quotient: u64,
    remainder: u64,
    sign: [bool; 2],
    exact: bool,
    negated: bool,
    bound: u64,
    negative: bool,
}

impl Solution {
    /// What the row asks `multiply` and `compare`; nothing if it divides by zero.
    fn further(&self, unsigned: bool) -> impl Iterator<Item = UnitCall> {
        let &Solution { dividend, divisor: b, quotient: a, remainder, sign, bound, negative, .. } = self;
        let low = UnitCall { op: Op::Mul, a, b, c: dividend.wrapping_sub(remainder) };
        let c = if negative { u64::MAX } else { 0 };
        let high = UnitCall { op: if unsigned { Op::Mulhu } else { Op::Mulh }, a, b, c };
        let op = if sign[0] { Op::Lt } else { Op::Ltu };
        let less = UnitCall { op, a: remainder, b: bound, c: u64::from(!sign[0]) };
        [low, high, less].into_iter().filter(move |_| b != 0)
    }
}

/// Rows of `calls`: one for each run of calls that a row can answer together, as `div` and `rem` of the same operands.
/// What the rows ask of `multiply` and `compare` is added to `further`.
///
/// # Panics
/// If a call is of another unit, which is a bug of the caller.
pub fn rows(calls: &[UnitCall], counts: &mut Counts, further: &mut Vec<UnitCall>) -> RowMajorMatrix<F> {
    let mut jobs: Vec<Job> = Vec::with_capacity(calls.len());
    for call in calls {
        let job = Job::new(call);
        if !jobs.last_mut().is_some_and(|last| last.merge(&job)) {
            jobs.push(job);
        }
    }
    for job in &jobs {
        further.extend(job.solve().further(job.unsigned));
    }
    let mut rows = filled(DivideColumns::<F>::WIDTH, &jobs, &PADDING, counts, |job, _, row, counts| {
        let solution = job.solve();
        count(job, &solution, counts);
        columns(job, &solution).write(row);
    });
    let at: [usize; DivideColumns::<F>::WIDTH] = core::array::from_fn(|index| index);
    let at = DivideColumns::read(&at);
    invert_column(&mut rows, at.divisor_inverse);
    invert_column(&mut rows, at.apart_inverse);
    rows
}

fn tops(job: &Job) -> [u64; 2] {
    [job.a, job.b].map(|operand| if job.word { operand & ONES } else { operand >> 32 })
}

fn count(job: &Job, solution: &Solution, counts: &mut Counts) {
    if !job.unsigned {
        for top in tops(job) {
            counts.sign(top >> 16);
            counts.limb(top & 0xffff);
        }
    }
    let [quotient, remainder] = [solution.quotient, solution.remainder].map(limbs);
    for limbs in [quotient, remainder] {
        counts.limb(limbs[0]);
        counts.sign(limbs[1]);
        counts.limb(limbs[2]);
    }
    counts.limb(quotient[3]);
    counts.sign(remainder[3]);
}

/// The row of `job`, but with what is to be inverted in place of its inverse.
fn columns(job: &Job, solution: &Solution) -> DivideColumns<F> {
    let &Solution { dividend, divisor, quotient, remainder, sign, exact, negated, bound, negative } = solution;
    let by_zero = divisor == 0;
    let low_is_zero = divisor & ONES == 0;
    let inverted = match (negated, low_is_zero) {
        (false, _) => 0,
        (true, true) => divisor >> 32,
        (true, false) => divisor & ONES,
    };
    let [low, high] = core::array::from_fn(|half| halves(remainder)[half] - halves(bound)[half]);
    let apart = low.square() - high.square() * F::from_u64(NON_SQUARE);
    let results = [quotient, remainder];
    let result_high = results.map(|word| if job.word { word as i32 as u64 >> 32 } else { word >> 32 });
    DivideColumns {
        times_quotient: F::from_u32(job.times[0]),
        times_remainder: F::from_u32(job.times[1]),
        unsigned: F::from_bool(job.unsigned),
        word: F::from_bool(job.word),
        a: halves(job.a),
        b: halves(job.b),
        high: [dividend, divisor].map(|word| F::from_u64(word >> 32)),
        top: tops(job).map(F::from_u64),
        top_upper: tops(job).map(|top| F::from_u64(if job.unsigned { 0 } else { top >> 16 })),
        sign: sign.map(F::from_bool),
        quotient: limbs(quotient).map(F::from_u64),
        remainder: limbs(remainder).map(F::from_u64),
        word_sign: results.map(|word| F::from_u64(word >> 31 & 1)),
        remainder_sign: F::from_u64(remainder >> 63),
        exact: F::from_bool(exact),
        borrow: F::from_bool(dividend & ONES < remainder & ONES),
        negative: F::from_bool(negative),
        by_zero: F::from_bool(by_zero),
        bound: halves(bound),
        negated: [F::from_bool(negated && low_is_zero), F::from_bool(negated && !low_is_zero)],
        divisor_inverse: F::from_u64(inverted),
        apart_inverse: if by_zero { F::ZERO } else { apart },
        result_high: result_high.map(F::from_u64),
    }
}
