//! A segment's filled tables → its proof: the protocol of `p3-batch-stark`, whose verifier checks it, with a prover of our own.
//!
//! Plonky3's prover evaluates messages as trees of symbols, row by row, and combines their fields by products of extension
//! elements; that is half its time. Here a chip's own code states constraints and messages on vectors of rows, and constant
//! fields are combined once.

mod commitments;
mod permutation;
mod plan;
mod quotient;
mod row;

use p3_air::BaseAir;
use p3_air::symbolic::AirLayout;
use p3_batch_stark::proof::OpenedValuesWithLookups;
use p3_batch_stark::symbolic::get_log_num_quotient_chunks_for_domain;
use p3_batch_stark::{
    BatchCommitments, BatchOpenedValues, BatchProof, BatchProverTranscript, BatchShape, OpenedValues, ProverOnlyData,
};
use p3_commit::PolynomialSpace;
use p3_lookup::logup::LogUpGadget;
use p3_lookup::{LookupTerminal, Lookups};
use p3_matrix::Matrix;
use p3_uni_stark::{PreprocessedOpenedValues, StarkGenericConfig};
use rayon::prelude::*;
use zkvm_circuit::check::Filled;
use zkvm_circuit::{
    Challenger, Checkpoint, Chip, ChipId, Commitment, Config, EF, F, Machine, SegmentProof, VerifyingKey,
};

use commitments::{Commitments, Error, Points};
use plan::TablePlan;
use quotient::OnQuotientDomain;

/// Proves segments of one program.
pub(crate) struct BatchProver<'s> {
    machine: &'s Machine,
    key: &'s VerifyingKey,
    digest: [u8; 32],
    fixed: ProverOnlyData<Config>,
    plans: Vec<(ChipId, TablePlan)>,
}

impl<'s> BatchProver<'s> {
    pub(crate) fn new(machine: &'s Machine, key: &'s VerifyingKey, fixed: ProverOnlyData<Config>) -> BatchProver<'s> {
        let plan = |chip: &Chip| {
            let folded = machine.lookups(chip.id()).expect("it is a chip of this machine");
            (chip.id(), TablePlan::new(chip, folded))
        };
        let plans = machine.chips().iter().map(plan).collect();
        BatchProver { machine, key, digest: key.digest(), fixed, plans }
    }

    /// Proves that the machine gets from where the tables start to `end`. `tables` are in the order of their chips' ids.
    pub(crate) fn prove(&self, tables: Vec<Filled>, end: Checkpoint) -> Result<SegmentProof, Error> {
        let present: Vec<ChipId> = tables.iter().map(|table| table.chip.id()).collect();
        let proof = self.batch(&present, tables)?;
        Ok(SegmentProof::new(end, &present, &proof))
    }
}

/// The state of a proof, table by table.
struct Table<'b> {
    plan: &'b TablePlan,
    chip: Chip,
    public: Vec<F>,
    lookups: &'b Lookups<F>,
    log_height: usize,
    /// Its rows.
    domain: Points,
    log_chunks: usize,
    /// Which of the matrices fixed by the program is its own.
    fixed: Option<usize>,
}

impl BatchProver<'_> {
    fn batch(&self, present: &[ChipId], filled: Vec<Filled>) -> Result<BatchProof<Config>, Error> {
        let config = VerifyingKey::config(&self.digest, present);
        let pcs = Commitments(config.pcs());
        let tables = self.tables(&config, &filled);
        let mut challenger = config.initialise_challenger();
        let mut transcript =
            BatchProverTranscript::<Challenger, F, EF, Commitment>::new(&mut challenger, shape(&config, &tables));
        let degree_bits: Vec<usize> = tables.iter().map(|table| table.log_height).collect();
        transcript.instance_bindings(&degree_bits);

        let domains = || tables.iter().map(|table| table.domain);
        let rows = filled.iter().map(|table| commitments::with_room(&table.rows));
        let (main, main_data) = pcs.commit("table", domains().zip(rows))?;
        let public: Vec<&[F]> = tables.iter().map(|table| table.public.as_slice()).collect();
        transcript.main_phase(main.clone(), &public);
        transcript.preprocessed_phase(Some(self.key.commitment.clone()));

        let lookups: Vec<&Lookups<F>> = tables.iter().map(|table| table.lookups).collect();
        let (challenges, lookup_pow_witness) = transcript.lookup_phase(&lookups, &LogUpGadget::new());
        let fingerprints: Vec<_> =
            tables.iter().zip(&challenges).map(|(table, challenges)| table.plan.fingerprints(challenges)).collect();
        let permutations = filled.iter().zip(&tables).zip(&fingerprints);
        let permutations = permutations
            .map(|((filled, table), fingerprints)| permutation::permutation(filled, table.plan, fingerprints));
        let (permutations, terminals): (Vec<_>, Vec<EF>) = permutations.unzip();
        drop(filled);
        let permutations = permutations.into_iter().map(|rows| rows.flatten_to_base());
        let (permutation, permutation_data) = pcs.commit("permutation", domains().zip(permutations))?;
        let alpha = transcript.permutation_phase(Some(permutation.clone()), &terminals);

        let fixed_data = self.fixed.preprocessed_prover_data.as_ref().expect("every machine has fixed columns");
        let quotient = |index: usize| {
            let table: &Table<'_> = &tables[index];
            let domain = table.domain.create_disjoint_domain(1 << (table.log_height + table.log_chunks));
            let main = pcs.on_domain(&main_data, index, domain);
            let permutation = pcs.on_domain(&permutation_data, index, domain);
            let fixed = table.fixed.map(|matrix| pcs.on_domain(fixed_data, matrix, domain));
            let on_domain = OnQuotientDomain {
                chip: &table.chip,
                public: &table.public,
                main: main.as_view(),
                fixed: fixed.as_ref().map(|fixed| fixed.as_view()),
                permutation: permutation.as_view(),
                periodic: pcs.periodic_on(&table.chip.periodic_columns(), table.domain, domain),
                selectors: table.domain.selectors_on_coset(domain),
                points_per_row: 1 << table.log_chunks,
                terminal: terminals[index],
            };
            let values = on_domain.quotient(table.plan, &fingerprints[index], alpha);
            let chunks = 1 << table.log_chunks;
            let parts = domain.split_domains(chunks).into_iter().zip(domain.split_evals(chunks, values));
            pcs.extend(parts.collect())
        };
        let quotients: Result<Vec<_>, _> = (0..tables.len()).into_par_iter().map(quotient).collect();
        let quotients = quotients?.into_iter().flatten().collect();
        let (quotient_chunks, quotient_data) = pcs.commit_extended(quotients)?;
        transcript.quotient_phase(quotient_chunks.clone(), None);
        let (zeta, ood_pow_witness) = transcript.ood_phase();

        let here = |_: &Table<'_>| vec![zeta];
        let both =
            |table: &Table<'_>| vec![zeta, table.domain.next_point(zeta).expect("a two-adic domain has a next point")];
        let main_points = |table| if uses_next(table) { both(table) } else { here(table) };
        let chunks: usize = tables.iter().map(|table| 1 << table.log_chunks).sum();
        let with_fixed = tables.iter().filter(|table| table.fixed.is_some());
        let rounds = vec![
            (&main_data, tables.iter().map(main_points).collect()),
            (&quotient_data, vec![vec![zeta]; chunks]),
            (fixed_data, with_fixed.map(here).collect()),
            (&permutation_data, tables.iter().map(both).collect()),
        ];
        let rounds = rounds.into_iter().map(Into::into).collect();
        let (opened, opening_proof) = transcript.delegate(|challenger| pcs.open(rounds, challenger))?;
        transcript.finish();

        Ok(BatchProof {
            commitments: BatchCommitments { main, permutation: Some(permutation), quotient_chunks, random: None },
            opened_values: BatchOpenedValues { instances: opened_values(&tables, opened) },
            opening_proof,
            lookup_terminals: terminals.into_iter().map(|terminal| Some(LookupTerminal(terminal))).collect(),
            degree_bits,
            lookup_pow_witness,
            ood_pow_witness,
        })
    }

    fn tables(&self, config: &Config, filled: &[Filled]) -> Vec<Table<'_>> {
        let mut matrices = 0..;
        let table = |Filled { chip, rows, public }: &Filled| {
            let id = chip.id();
            let (_, plan) = self.plans.iter().find(|(of, _)| *of == id).expect("it is a chip of this machine");
            let lookups = self.machine.lookups(id).expect("it is a chip of this machine");
            let log_height = rows.height().ilog2() as usize;
            let domain = Commitments(config.pcs()).domain(log_height);
            let layout = AirLayout::from_air::<F>(chip);
            let log_chunks = get_log_num_quotient_chunks_for_domain::<F, EF, Chip, _>(
                chip,
                layout,
                domain,
                lookups,
                0,
                &LogUpGadget::new(),
            );
            let fixed = (chip.preprocessed_width() > 0).then(|| matrices.next()).flatten();
            Table { plan, chip: chip.clone(), public: public.clone(), lookups, log_height, domain, log_chunks, fixed }
        };
        filled.iter().map(table).collect()
    }
}

fn uses_next(table: &Table<'_>) -> bool {
    !table.plan.next_columns.is_empty()
}

fn shape(config: &Config, tables: &[Table<'_>]) -> BatchShape {
    BatchShape {
        trace_widths: tables.iter().map(|table| table.chip.width()).collect(),
        public_value_counts: tables.iter().map(|table| table.public.len()).collect(),
        preprocessed_widths: tables.iter().map(|table| table.chip.preprocessed_width()).collect(),
        has_preprocessed_commitment: true,
        num_lookup_instances: tables.len(),
        lookup_pow_bits: config.lookup_proof_of_work_bits(),
        has_randomization_commitment: false,
        ood_pow_bits: config.ood_proof_of_work_bits(),
    }
}

/// Sorts what was opened, round by round, by tables.
fn opened_values(tables: &[Table<'_>], opened: p3_commit::OpenedValues<EF>) -> Vec<OpenedValuesWithLookups<EF>> {
    let mut rounds = opened.into_iter().map(Vec::into_iter);
    let mut round = || rounds.next().expect("four rounds were asked for");
    let (mut main, mut quotient, mut fixed, mut permutation) = (round(), round(), round(), round());
    let mut values = Vec::new();
    for table in tables {
        let points =
            |round: &mut std::vec::IntoIter<Vec<Vec<EF>>>| round.next().expect("every table was opened").into_iter();
        let mut trace = points(&mut main);
        let chunks = (0..1 << table.log_chunks).flat_map(|_| points(&mut quotient)).collect();
        let preprocessed = table.fixed.map(|_| {
            let local = points(&mut fixed).next().expect("one point was asked for");
            PreprocessedOpenedValues { local, next: None }
        });
        let mut sums = points(&mut permutation);
        let mut both = || sums.next().expect("two points were asked for");
        values.push(OpenedValuesWithLookups {
            permutation_local: both(),
            permutation_next: both(),
            base_opened_values: OpenedValues {
                trace_local: trace.next().expect("one point at least was asked for"),
                trace_next: trace.next(),
                preprocessed,
                quotient_chunks: chunks,
                random: None,
            },
        });
    }
    values
}
