//! The security level of a segment's proof, by `p3-security`, from the chips and heights it really has.

use p3_air::BaseAir;
use p3_air::symbolic::AirLayout;
use p3_batch_stark::num_batched_openings;
use p3_batch_stark::symbolic::get_symbolic_constraints;
use p3_field::{BasedVectorSpace, Field};
use p3_lookup::logup::LogUpGadget;
use p3_security::grinding::GrindingSites;
use p3_security::logup::{self, LogUpAir};
use p3_security::report::SecurityReport;
use p3_security::shape::{InstanceShape, StarkAirParams};
use p3_security::stark::proven_security_report;
use p3_uni_stark::OpeningShape;

use crate::bus::INSTR_FIELDS;
use crate::check::interactions;
use crate::chip::Chip;
use crate::config::{COMMITMENT_BYTES, Parameters};
use crate::field::{EF, F};
use crate::machine::Machine;

/// Bits of security that a proof must have, proven, not conjectured.
pub const SECURITY_BITS: f64 = 128.0;

/// Collision resistance of the commitments' hash: half its output's bits.
const COLLISION_BITS: usize = COMMITMENT_BYTES * 8 / 2;

/// Fields of the widest message: of the `hash` bus, a domain, eight inputs, four outputs.
const WIDEST_MESSAGE: usize = if INSTR_FIELDS > 13 { INSTR_FIELDS } else { 13 };

/// What a chip's share of a proof is made of, apart from its height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChipShape {
    /// Columns of the main trace.
    pub main: usize,
    /// Columns fixed by the program.
    pub preprocessed: usize,
    /// Messages per row.
    pub messages: usize,
    /// Columns over the extension field: folded messages and the running sum.
    pub permutation: usize,
    /// Constraints, those of the messages included.
    pub constraints: usize,
    /// Greatest degree of a constraint.
    pub degree: usize,
    /// Chunks of the quotient.
    pub quotient_chunks: usize,
    /// Whether constraints see the next row.
    pub next_row: bool,
}

impl ChipShape {
    /// The shape of `chip`, whose messages are folded as in `machine`.
    pub fn of(machine: &Machine, chip: &Chip) -> ChipShape {
        let lookups: &[_] = machine.lookups(chip.id()).map_or(&[], |lookups| lookups);
        let layout = AirLayout::from_air::<F>(chip);
        let (base, extension) = get_symbolic_constraints::<F, EF, Chip, _>(chip, layout, lookups, &LogUpGadget::new());
        let base_degree = base.iter().map(|it| it.degree_multiple()).max().unwrap_or(0);
        let degree = extension.iter().map(|it| it.degree_multiple()).max().unwrap_or(0).max(base_degree);
        ChipShape {
            main: chip.width(),
            preprocessed: chip.preprocessed_width(),
            messages: interactions(chip).len(),
            permutation: lookups.len() + 1,
            constraints: base.len() + extension.len(),
            degree,
            quotient_chunks: (degree.max(2) - 1).next_power_of_two(),
            next_row: !chip.main_next_row_columns().is_empty(),
        }
    }

    /// Base-field cells committed per row: main, permutation and quotient.
    pub fn cells_per_row(&self) -> usize {
        self.main + (self.permutation + self.quotient_chunks) * <EF as BasedVectorSpace<F>>::DIMENSION
    }

    fn openings(&self) -> usize {
        let dimension = <EF as BasedVectorSpace<F>>::DIMENSION;
        num_batched_openings(
            self.main,
            self.next_row,
            self.preprocessed,
            false,
            self.quotient_chunks,
            self.permutation - 1,
            dimension,
            OpeningShape::TwoAdic,
        )
    }
}

/// The report for a proof of chips of these shapes with these log2 heights.
pub fn report(parameters: &Parameters, tables: &[(ChipShape, usize)]) -> SecurityReport {
    let log_trace_length = tables.iter().map(|(_, height)| *height).max().unwrap_or(0);
    let total = |what: fn(&ChipShape) -> usize| tables.iter().map(|(shape, _)| what(shape)).sum::<usize>();
    let greatest = |what: fn(&ChipShape) -> usize| tables.iter().map(|(shape, _)| what(shape)).max().unwrap_or(0);
    let air = StarkAirParams {
        num_constraints: total(|shape| shape.constraints),
        max_constraint_degree: greatest(|shape| shape.degree),
        num_quotient_chunks: greatest(|shape| shape.quotient_chunks),
        max_combo: 2,
    };
    let instance = InstanceShape {
        log_trace_length,
        modulus_bits: <EF as Field>::bits(),
        collision_resistance: COLLISION_BITS,
        num_batched_functions: total(ChipShape::openings),
    };
    let messages: u64 = tables.iter().map(|(shape, height)| (shape.messages as u64) << height).sum();
    let lookups = LogUpAir {
        num_interactions: messages.div_ceil(1 << log_trace_length) as usize,
        max_message_width: WIDEST_MESSAGE,
    };
    let grinding = GrindingSites::NONE;
    let lookups = logup::security_term(&lookups, &instance, &grinding);
    proven_security_report(&parameters.fri(()).security_regime(), &air, &instance, lookups.as_slice(), &grinding)
}

/// Proven bits of security of a proof of chips of these shapes with these log2 heights.
pub fn security_bits(parameters: &Parameters, tables: &[(ChipShape, usize)]) -> f64 {
    report(parameters, tables).security_bits()
}

#[cfg(test)]
mod soundcalc;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chips::MAX_LOG_HEIGHT;

    #[test]
    fn every_segment_that_may_be_proved_has_128_proven_bits() {
        let machine = Machine::for_verifier(MAX_LOG_HEIGHT);
        let shapes = machine.chips().iter().map(|chip| ChipShape::of(&machine, chip));
        for log_height in [10, 12, 16, 18, 20, 21, MAX_LOG_HEIGHT] {
            let tables: Vec<_> = shapes.clone().map(|shape| (shape, log_height)).collect();
            let report = report(&Parameters::DEFAULT, &tables);
            println!("2^{log_height}: {:.2} bits, {:?}", report.security_bits(), report.binding());
            assert!(report.security_bits() >= SECURITY_BITS, "2^{log_height}: {report:?}");
        }
        for (chip, shape) in machine.chips().iter().zip(shapes) {
            println!("{:12} {:4} cells {shape:?}", chip.id().name(), shape.cells_per_row());
        }
    }

    #[test]
    fn messages_of_each_bus_have_one_width_and_none_is_wider_than_the_bound() {
        let machine = Machine::for_verifier(MAX_LOG_HEIGHT);
        assert!(machine.check_bus_widths().expect("one width per bus") <= WIDEST_MESSAGE);
    }
}
