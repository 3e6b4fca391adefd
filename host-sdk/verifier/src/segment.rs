//! One segment.

use p3_batch_stark::verify_batch;
use zkvm_circuit::chips::{MAX_LOG_HEIGHT, MIN_ROWS};
use zkvm_circuit::security::{ChipShape, SECURITY_BITS, security_bits};
use zkvm_circuit::{
    BatchProof, Checkpoint, Chip, ChipId, KeyError, Machine, Parameters, SegmentProof, VerifyingKey, public_values,
};

use crate::error::{TableProblem, VerifyError};

/// Verifies segments of one program.
pub(crate) struct Verifier<'k> {
    key: &'k VerifyingKey,
    digest: [u8; 32],
    machine: Machine,
    shapes: Vec<(ChipId, ChipShape)>,
}

impl<'k> Verifier<'k> {
    pub(crate) fn new(key: &'k VerifyingKey) -> Result<Verifier<'k>, VerifyError> {
        let log_program_rows = usize::from(key.log_program_rows);
        if !(MIN_ROWS.ilog2() as usize..=MAX_LOG_HEIGHT).contains(&log_program_rows) {
            return Err(KeyError::Malformed.into());
        }
        let machine = Machine::for_verifier(log_program_rows);
        let shapes = machine.chips().iter().map(|chip| (chip.id(), ChipShape::of(&machine, chip))).collect();
        Ok(Verifier { key, digest: key.digest(), machine, shapes })
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Verifies segment number `index`, from `start` to where it says it ends, and returns its bits of security.
    pub(crate) fn segment(
        &mut self,
        index: usize,
        start: &Checkpoint,
        segment: &SegmentProof,
    ) -> Result<f64, VerifyError> {
        let tables = |problem| VerifyError::Tables { segment: index, problem };
        let present = self.present(&segment.chips).map_err(tables)?;
        let proof = segment.batch().map_err(|source| VerifyError::Malformed { segment: index, source })?;
        self.check_heights(&present, &proof).map_err(tables)?;
        let bits = self.security_bits(&present, &proof);
        if bits < SECURITY_BITS {
            return Err(VerifyError::Security { segment: index, bits, required: SECURITY_BITS });
        }
        let chips: Vec<Chip> = present.iter().filter_map(|&id| self.machine.chip(id).cloned()).collect();
        let statement = public_values(start, &segment.end);
        let public: Vec<Vec<_>> =
            chips.iter().map(|chip| if chip.has_statement() { statement.clone() } else { Vec::new() }).collect();
        let common = self.machine.common(&present, self.key.commitment.clone());
        let config = VerifyingKey::config(&self.digest, &present);
        verify_batch(&config, &chips, &proof, &public, &common)
            .map_err(|error| VerifyError::Segment { segment: index, reason: error.to_string() })?;
        Ok(bits)
    }

    /// The chips of a list of numbers: strictly ascending, all known, none of the required ones missing.
    fn present(&self, numbers: &[u8]) -> Result<Vec<ChipId>, TableProblem> {
        if !numbers.is_sorted_by(|a, b| a < b) {
            return Err(TableProblem::Order);
        }
        let of = |&number: &u8| ChipId::ALL.get(usize::from(number)).copied().ok_or(TableProblem::Unknown { number });
        let present = numbers.iter().map(of).collect::<Result<Vec<_>, _>>()?;
        let mut required = self.machine.chips().iter().filter(|chip| self.machine.required(chip));
        match required.find(|chip| !present.contains(&chip.id())) {
            Some(chip) => Err(TableProblem::Missing { name: chip.id().name() }),
            None => Ok(present),
        }
    }

    /// One height per chip: the one the program fixes, or one within bounds.
    fn check_heights(&self, present: &[ChipId], proof: &BatchProof) -> Result<(), TableProblem> {
        let heights = &proof.degree_bits;
        if heights.len() != present.len() {
            return Err(TableProblem::Heights { heights: heights.len(), tables: present.len() });
        }
        for (&id, &log_height) in present.iter().zip(heights) {
            let fixed = self.machine.chip(id).and_then(|chip| self.machine.fixed_log_height(chip));
            let fits = match fixed {
                Some(fixed) => log_height == fixed,
                None => (MIN_ROWS.ilog2() as usize..=MAX_LOG_HEIGHT).contains(&log_height),
            };
            if !fits {
                return Err(TableProblem::Height { name: id.name(), log_height });
            }
        }
        Ok(())
    }

    fn security_bits(&self, present: &[ChipId], proof: &BatchProof) -> f64 {
        let shape = |id: &ChipId| self.shapes.iter().find(|(other, _)| other == id).map(|(_, shape)| *shape);
        let tables: Vec<_> = present.iter().filter_map(shape).zip(proof.degree_bits.iter().copied()).collect();
        security_bits(&Parameters::DEFAULT, &tables)
    }
}
