//! A segment's filled tables → its proof.

use p3_batch_stark::{CommonData, ProverData, ProverOnlyData, ProvingError, StarkInstance, prove_batch};
use p3_fri::FriProverError;
use zkvm_circuit::check::Filled;
use zkvm_circuit::{Checkpoint, Chip, ChipId, Config, Machine, SegmentProof, VerifyingKey};

/// Proves segments of one program.
pub(crate) struct BatchProver<'s> {
    machine: &'s Machine,
    key: &'s VerifyingKey,
    digest: [u8; 32],
    data: ProverData<Config>,
}

impl<'s> BatchProver<'s> {
    pub(crate) fn new(machine: &'s Machine, key: &'s VerifyingKey, fixed: ProverOnlyData<Config>) -> BatchProver<'s> {
        let data = ProverData { common: CommonData::empty(0), prover_only: fixed };
        BatchProver { machine, key, digest: key.digest(), data }
    }

    /// Proves that the machine gets from where the tables start to `end`. `tables` are in the order of their chips' ids.
    pub(crate) fn prove(
        &mut self,
        tables: &[Filled],
        end: Checkpoint,
    ) -> Result<SegmentProof, ProvingError<FriProverError>> {
        let present: Vec<ChipId> = tables.iter().map(|table| table.chip.id()).collect();
        let config = VerifyingKey::config(&self.digest, &present);
        let instances: Vec<StarkInstance<'_, Config, Chip>> = tables.iter().map(instance).collect();
        self.data.common = self.machine.common(&present, self.key.commitment.clone());
        let proof = prove_batch(&config, &instances, &self.data)?;
        Ok(SegmentProof::new(end, &present, &proof))
    }
}

fn instance(Filled { chip, rows, public }: &Filled) -> StarkInstance<'_, Config, Chip> {
    StarkInstance { air: chip, trace: rows, public_values: public.clone() }
}
