//! How rows of `multiply` are filled.

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::columns::MultiplyColumns;
use crate::chips::units::filled;
use crate::counts::Counts;
use crate::field::{F, limbs};
use crate::op::{Op, UnitCall};

/// A row's work: calls with the same operands, at most one kind of low and one of high result.
#[derive(Clone, Copy, Default)]
struct Job {
    a: u64,
    b: u64,
    low: Option<Op>,
    high: Option<Op>,
    times_low: u64,
    times_high: u64,
}

impl Job {
    /// Takes on `call`, or returns false.
    fn take(&mut self, call: &UnitCall) -> bool {
        let (kind, times) = match call.op {
            Op::Mul | Op::Mulw => (&mut self.low, &mut self.times_low),
            Op::Mulh | Op::Mulhsu | Op::Mulhu => (&mut self.high, &mut self.times_high),
            op => panic!("{op:?} is no multiplication"),
        };
        let fits = (self.a, self.b) == (call.a, call.b) && kind.is_none_or(|kind| kind == call.op);
        if fits {
            *kind = Some(call.op);
            *times += 1;
        }
        fits
    }
}

/// Rows of `calls`: one for each run of calls that a row can answer together, as `mulhu` and `mul` of the same operands.
///
/// # Panics
/// If a call is of another unit, which is a bug of the caller.
pub fn rows(calls: &[UnitCall], counts: &mut Counts) -> RowMajorMatrix<F> {
    let mut jobs: Vec<Job> = Vec::with_capacity(calls.len());
    for call in calls {
        if !jobs.last_mut().is_some_and(|job| job.take(call)) {
            let mut job = Job { a: call.a, b: call.b, ..Job::default() };
            job.take(call);
            jobs.push(job);
        }
    }
    filled(MultiplyColumns::<F>::WIDTH, &jobs, &Job::default(), counts, |job, _, row, counts| {
        columns(job, counts).write(row);
    })
}

fn columns(job: &Job, counts: &mut Counts) -> MultiplyColumns<F> {
    let signed = match job.high {
        Some(Op::Mulh) => [true, true],
        Some(Op::Mulhsu) => [true, false],
        _ => [false, false],
    };
    let word = job.low == Some(Op::Mulw);
    let [a, b] = [job.a, job.b].map(limbs);
    let sign = [job.a >> 63, job.b >> 63];
    let negative = [signed[0] && sign[0] == 1, signed[1] && sign[1] == 1];

    let high = ((u128::from(job.a) * u128::from(job.b)) >> 64) as u64;
    let low = job.a.wrapping_mul(job.b);
    let less = [if negative[0] { job.b } else { 0 }, if negative[1] { job.a } else { 0 }];
    let borrow = u128::from(high) < u128::from(less[0]) + u128::from(less[1]);
    let high = high.wrapping_sub(less[0]).wrapping_sub(less[1]);
    let product: [u64; 8] = core::array::from_fn(|limb| limbs(if limb < 4 { low } else { high })[limb % 4]);
    let [carry1, carry3, carry5] = carries(a, b, less.map(limbs), product);
    let carry5 = (carry5 + 2) as u64;

    for limbs in [a, b] {
        limbs[..3].iter().for_each(|&limb| counts.limb(limb));
        counts.sign(limbs[3]);
    }
    counts.limb(product[0]);
    let word_sign = counts.sign(product[1]);
    product[2..].iter().for_each(|&limb| counts.limb(limb));
    for carry in [carry1 as u64, carry3 as u64, carry5] {
        counts.limb(carry & 0xffff);
    }
    let low_high = if word { word_sign * 0xffff_ffff } else { low >> 32 };
    MultiplyColumns {
        times_low: F::from_u64(job.times_low),
        times_high: F::from_u64(job.times_high),
        word: F::from_bool(word),
        signed: signed.map(F::from_bool),
        a: a.map(F::from_u64),
        b: b.map(F::from_u64),
        sign: sign.map(F::from_u64),
        product: product.map(F::from_u64),
        word_sign: F::from_u64(word_sign),
        carry1: F::from_u64(carry1 as u64),
        carry3: F::from_u64(carry3 as u64 & 0xffff),
        carry3_upper: F::from_u64(carry3 as u64 >> 16),
        carry5: F::from_u64(carry5 & 0xffff),
        carry5_upper: F::from_u64(carry5 >> 16),
        borrow: F::from_bool(borrow),
        low_high: F::from_u64(low_high),
    }
}

/// The carries into limbs 1, 3 and 5; `less` is taken away from limb 4 on.
fn carries(a: [u64; 4], b: [u64; 4], less: [[u64; 4]; 2], product: [u64; 8]) -> [i64; 3] {
    let sum = |limb: usize| {
        let products = (limb.saturating_sub(3)..=limb.min(3)).map(|index| a[index] * b[limb - index]);
        let away = limb.checked_sub(4).map_or(0, |above| less[0][above] + less[1][above]);
        products.sum::<u64>() as i64 - away as i64
    };
    let pair = |low: usize| sum(low) + (sum(low + 1) << 16) - (product[low] | product[low + 1] << 16) as i64;
    let carry1 = (sum(0) - product[0] as i64) >> 16;
    let carry3 = (pair(1) + carry1) >> 32;
    let carry5 = (pair(3) + carry3) >> 32;
    [carry1, carry3, carry5]
}
