//! Real proofs, damaged in every way: refused, without a panic.

use std::ops::ControlFlow;
use std::sync::OnceLock;

use p3_batch_stark::{CommonData, ProverData, StarkInstance, prove_batch};
use p3_field::PrimeCharacteristicRing;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;
use zkvm_circuit::{
    BatchProof, ChipId, F, KEY_MAGIC, PROOF_MAGIC, Parameters, ProofError, SegmentProof, VerifyingKey, setup, statement,
};
use zkvm_machine::{Input, Instruction, Program, Width};
use zkvm_prover::{Proof, ProveOptions, prove};
use zkvm_test_support::{ElfBuilder, exit_with};
use zkvm_trace::{Chunk, TraceEnd};
use zkvm_translator::{Engine, RunError, RunOptions, Stream, run_traced};
use zkvm_verifier::{VerifyError, verify};

use crate::guest::code::{addi, ld, sd, x};
use crate::guest::{Guest, Run};

/// Steps of a segment: the program takes two.
const STEPS: u64 = 5;
const MAGIC_AND_VERSION: usize = PROOF_MAGIC.len() + 4;
const HEADER: usize = MAGIC_AND_VERSION + 32;

/// Writes the first eight input bytes to the output, and exits with `code`.
fn program(code: i32) -> Vec<u8> {
    let (input, output) = (x(10), x(11));
    let mut text = vec![
        ld(x(5), input, 8),
        sd(x(5), output, 8),
        addi(x(6), x(0), 8),
        Instruction::Store { width: Width::Word, rs1: output, rs2: x(6), offset: 0 },
    ];
    text.extend(exit_with(code));
    ElfBuilder::new(&text).build()
}

fn proved(elf: &[u8], input: &[u8]) -> (VerifyingKey, Proof) {
    let program = Program::from_elf(elf).expect("a program");
    let setup = setup(&program).expect("small enough");
    let key = setup.key.clone();
    let input = Input::new(input).expect("small enough");
    let mut options = ProveOptions { segment_steps: STEPS, ..ProveOptions::default() };
    let run = |on_chunk: &mut dyn FnMut(Chunk) -> ControlFlow<()>| {
        let mut console = |_: Stream, _: &[u8]| ();
        let mut options = RunOptions::new(&mut console);
        let run = run_traced(&program, Engine::Interpreter, &input, &mut options, on_chunk)?;
        Ok::<_, RunError>(TraceEnd { end: run.end, outcome: run.outcome, public_output: run.public_output })
    };
    (key, prove(&program, setup, &input, &mut options, run).expect("it halts").proof)
}

/// The proof that most tests damage, and the key it is for.
fn honest() -> &'static (VerifyingKey, Proof) {
    static PROVED: OnceLock<(VerifyingKey, Proof)> = OnceLock::new();
    PROVED.get_or_init(|| proved(&program(3), b"eight by"))
}

/// The same program with another input.
fn other_run() -> &'static Proof {
    static PROVED: OnceLock<Proof> = OnceLock::new();
    PROVED.get_or_init(|| proved(&program(3), b"tes nine").1)
}

/// What a verifier says of a file.
fn read(key: &VerifyingKey, file: &[u8]) -> Result<(), String> {
    let proof = Proof::decode(file).map_err(|error| error.to_string())?;
    verify(key, &proof).map(|_| ()).map_err(|error| error.to_string())
}

/// A file with this body, its checksum right.
fn file(body: &[u8]) -> Vec<u8> {
    let head = &honest().1.encode()[..MAGIC_AND_VERSION];
    [head, blake3::hash(body).as_bytes(), body].concat()
}

#[track_caller]
fn refused(change: impl FnOnce(&mut Proof)) -> VerifyError {
    let (key, proof) = honest();
    let mut proof = proof.clone();
    change(&mut proof);
    verify(key, &proof).expect_err("refused")
}

#[test]
fn the_honest_proof_is_accepted() {
    let (key, proof) = honest();
    let values = verify(key, proof).expect("an honest proof");
    assert_eq!((values.exit_code, values.output.as_slice(), values.segments), (3, b"eight by".as_slice(), 2));
    assert!(values.security_bits >= 128.0);
    let bytes = proof.encode();
    assert_eq!(Proof::decode(&bytes).expect("its own encoding").encode(), bytes);
    println!("{} bytes in {} segments", bytes.len(), proof.segments.len());
}

#[test]
fn every_flipped_byte_is_refused() {
    let (key, proof) = honest();
    let body = proof.encode()[HEADER..].to_vec();
    let first = proof.segments[0].proof.len();
    // What comes before the first segment's proof; of the proofs a spread. (All of the opening: below.)
    let before = body.len() - proof.segments.iter().map(|segment| segment.proof.len() + 100).sum::<usize>();
    // Of the first segment more, as they are found sooner.
    let mut rng = SmallRng::seed_from_u64(7);
    let heads = (0..before + 120).step_by(11);
    let inside = (0..1700).map(|at| before + at * first / 1700);
    let inside = inside.chain((0..300).map(|at| before + first + at * (body.len() - before - first) / 300));
    // The lengths and heights that a proof begins and ends with.
    let ends = (0..60).flat_map(|at| [body.len() - 1 - at, body.len() - 1 - at - first]);
    let flips: Vec<(usize, u8)> = heads.chain(inside).chain(ends).map(|at| (at, 1 << rng.random_range(0..8))).collect();
    let accepted: Vec<(usize, u8)> = flips
        .par_iter()
        .copied()
        .filter(|&(at, bit)| {
            let mut body = body.clone();
            body[at] ^= bit;
            read(key, &file(&body)).is_ok()
        })
        .collect();
    println!("{} flips in {} bytes", flips.len(), body.len());
    assert_eq!(accepted, [], "flips that are accepted");
}

#[test]
fn every_flipped_byte_of_the_opening_is_refused() {
    let (_, proof) = honest();
    let root = &proof.segments.last().expect("two").end.root;
    let bytes = postcard::to_allocvec(&proof.opening).expect("plain data");
    let mut flips = 0;
    for at in 0..bytes.len() {
        for bit in [1, 0x10, 0x80] {
            let mut bytes = bytes.clone();
            bytes[at] ^= bit;
            flips += 1;
            if let Ok(opening) = postcard::from_bytes(&bytes) {
                assert!(
                    opening == proof.opening || statement::check(&opening, root, &proof.output, 3).is_err(),
                    "{at}"
                );
            }
        }
    }
    println!("{flips} flips in the opening");
    for at in 0..proof.output.len() {
        let mut output = proof.output.clone();
        output[at] ^= 1;
        assert!(statement::check(&proof.opening, root, &output, 3).is_err());
    }
}

#[test]
fn every_flipped_bit_of_the_header_is_refused() {
    let bytes = honest().1.encode();
    for at in 0..HEADER {
        for bit in 0..8 {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << bit;
            assert!(Proof::decode(&bytes).is_err());
        }
    }
    let mut other = bytes.clone();
    other[PROOF_MAGIC.len()] += 1;
    assert!(matches!(Proof::decode(&other), Err(ProofError::Version { .. })));
}

#[test]
fn trailing_and_missing_bytes_are_refused() {
    let bytes = honest().1.encode();
    for length in (0..HEADER + 200).chain((0..bytes.len()).step_by(9973)).chain([bytes.len() - 1]) {
        assert!(Proof::decode(&bytes[..length]).is_err(), "{length} bytes");
        // With the checksum mended.
        if length > HEADER {
            assert!(Proof::decode(&file(&bytes[HEADER..length])).is_err(), "{length} bytes");
        }
    }
    for more in 1..20 {
        let padded = [bytes.as_slice(), &[0; 20][..more]].concat();
        assert!(matches!(Proof::decode(&padded), Err(ProofError::Checksum { .. })));
        let mended = file(&padded[HEADER..]);
        assert!(matches!(Proof::decode(&mended), Err(ProofError::Trailing { bytes }) if bytes == more));
    }
    let trailing = refused(|proof| proof.segments[0].proof.push(0));
    assert!(matches!(trailing, VerifyError::Malformed { source: ProofError::Trailing { bytes: 1 }, .. }));
    refused(|proof| proof.segments[1].proof.truncate(1000));
    refused(|proof| proof.segments[1].proof.clear());
}

#[test]
fn the_key_covers_all_that_a_verifier_knows() {
    let (key, proof) = honest();
    let bytes = key.encode();
    for at in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        if let Ok(other) = VerifyingKey::decode(&bytes) {
            assert!(matches!(verify(&other, proof), Err(VerifyError::OtherProgram { .. } | VerifyError::Key(_))));
            assert!(at >= KEY_MAGIC.len() + 4);
            // Even if the proof says that it is for that key.
            if at % 97 == 0 {
                let forged = Proof { key: other.digest(), ..proof.clone() };
                assert!(verify(&other, &forged).is_err(), "byte {at}");
            }
        }
        assert!(VerifyingKey::decode(&bytes[..at]).is_err());
    }
    assert!(VerifyingKey::decode(&[bytes.as_slice(), &[0]].concat()).is_err());
}

#[test]
fn proofs_of_another_program_or_input_are_refused() {
    let (other_key, _) = proved_key(&program(4));
    let (key, proof) = honest();
    assert!(matches!(verify(&other_key, proof), Err(VerifyError::OtherProgram { .. })));
    let forged = Proof { key: other_key.digest(), ..proof.clone() };
    assert!(matches!(verify(&other_key, &forged), Err(VerifyError::Segment { segment: 0, .. })));
    let other_input = Proof { input: other_run().input, ..proof.clone() };
    assert!(matches!(verify(key, &other_input), Err(VerifyError::Segment { segment: 0, .. })));
}

fn proved_key(elf: &[u8]) -> (VerifyingKey, Program) {
    let program = Program::from_elf(elf).expect("a program");
    (setup(&program).expect("small enough").key, program)
}

#[test]
fn swapped_missing_repeated_and_foreign_segments_are_refused() {
    assert!(matches!(refused(|proof| proof.segments.swap(0, 1)), VerifyError::Segment { segment: 0, .. }));
    assert!(matches!(refused(|proof| _ = proof.segments.remove(0)), VerifyError::Segment { segment: 0, .. }));
    assert!(matches!(refused(|proof| _ = proof.segments.pop()), VerifyError::NotHalted { .. }));
    assert!(matches!(refused(|proof| proof.segments.clear()), VerifyError::NoSegments));
    for index in 0..2 {
        refused(|proof| proof.segments.insert(index, proof.segments[index].clone()));
        refused(|proof| proof.segments[index] = other_run().segments[index].clone());
        // With the end that the chain wants, but the proof is of another.
        refused(|proof| proof.segments[index].proof = other_run().segments[index].proof.clone());
    }
    // After the halt nothing may follow.
    refused(|proof| proof.segments.push(proof.segments[1].clone()));
}

#[test]
fn altered_checkpoints_are_refused() {
    for index in 0..2 {
        refused(|proof| proof.segments[index].end.pc += 4);
        refused(|proof| proof.segments[index].end.pc += 0xffff_ffff_0000_0001);
        for element in 0..4 {
            refused(|proof| proof.segments[index].end.root[element] += F::ONE);
        }
    }
    refused(|proof| proof.segments[0].end.pc = zkvm_circuit::cells::HALTED);
    refused(|proof| proof.segments[1].end.pc = 0x1_0000);
}

fn public(change: impl FnOnce(&mut Proof)) -> bool {
    matches!(refused(change), VerifyError::PublicValues(_))
}

#[test]
fn the_exit_code_is_bound() {
    assert!(public(|proof| proof.exit_code = 0));
    assert!(public(|proof| proof.exit_code += 256));
}

#[test]
fn public_output_and_its_length_are_bound() {
    assert!(public(|proof| proof.output[3] ^= 1));
    assert!(public(|proof| _ = proof.output.pop()));
    assert!(public(|proof| proof.output.push(0)));
    assert!(public(|proof| proof.output.clear()));
    assert!(public(|proof| proof.output.resize(100, 0)));
    assert!(public(|proof| proof.opening = other_run().opening.clone()));
}

#[test]
fn non_canonical_elements_are_refused() {
    for element in [0xffff_ffff_0000_0001, 0xffff_ffff_0000_0002, u64::MAX] {
        assert!(postcard::from_bytes::<F>(&element.to_le_bytes()).is_err());
    }
    // The root's first element, which follows the pc.
    let body = honest().1.encode()[HEADER..].to_vec();
    let root = postcard::to_allocvec(&honest().1.segments[0].end.root).expect("plain data");
    let at = body.windows(root.len()).position(|window| window == root).expect("it is in the file");
    let mut body = body.clone();
    body[at..at + 8].fill(0xff);
    assert_eq!(Proof::decode(&file(&body)).err(), Some(ProofError::Malformed));
}

#[test]
fn the_verifier_takes_no_list_of_tables_from_the_proof_unchecked() {
    let all = honest().1.segments[0].chips.clone();
    for (at, &chip) in all.iter().enumerate() {
        refused(|proof| _ = proof.segments[0].chips.remove(at));
        refused(|proof| proof.segments[0].chips.insert(at, chip));
    }
    for more in (0..=ChipId::ALL.len() as u8 + 1).chain([255]).filter(|more| !all.contains(more)) {
        refused(|proof| {
            let chips = &mut proof.segments[0].chips;
            chips.push(more);
            chips.sort_unstable();
        });
    }
    refused(|proof| proof.segments[0].chips.reverse());
    refused(|proof| proof.segments[0].chips.clear());
    refused(|proof| proof.segments[0].chips = vec![0; 1000]);
}

/// The segment's proof, taken apart, changed and put together again.
fn rebuilt(change: impl Fn(&mut BatchProof)) -> VerifyError {
    refused(|proof| {
        let mut batch = proof.segments[0].batch().expect("an honest proof");
        change(&mut batch);
        proof.segments[0].proof = postcard::to_allocvec(&batch).expect("plain data");
    })
}

#[test]
fn the_verifier_takes_no_height_from_the_proof_unchecked() {
    let tables = honest().1.segments[0].chips.len();
    for height in [0, 1, 5, 23, 31, 32, 33, 63, 64, 65, 1 << 20, usize::MAX / 2, usize::MAX] {
        for at in 0..tables {
            let error = rebuilt(|batch| batch.degree_bits[at] = height);
            assert!(matches!(error, VerifyError::Tables { .. }), "table {at}, height {height}: {error}");
        }
    }
    for at in 0..tables {
        rebuilt(|batch| batch.degree_bits[at] += 1);
        rebuilt(|batch| batch.degree_bits[at] -= 1);
    }
    rebuilt(|batch| batch.degree_bits.push(10));
    rebuilt(|batch| _ = batch.degree_bits.pop());
    rebuilt(|batch| batch.degree_bits.clear());
}

#[test]
fn wrong_numbers_of_openings_and_terminals_are_refused() {
    rebuilt(|batch| _ = batch.lookup_terminals.pop());
    rebuilt(|batch| batch.lookup_terminals.swap(0, 1));
    rebuilt(|batch| batch.lookup_terminals.iter_mut().for_each(|terminal| *terminal = None));
    rebuilt(|batch| _ = batch.opened_values.instances.pop());
    rebuilt(|batch| batch.opened_values.instances.swap(0, 1));
    rebuilt(|batch| batch.opened_values.instances.clear());
    rebuilt(|batch| _ = batch.opened_values.instances[0].permutation_local.pop());
    rebuilt(|batch| _ = batch.opened_values.instances[2].base_opened_values.trace_local.pop());
    rebuilt(|batch| _ = batch.opened_values.instances[2].base_opened_values.quotient_chunks.pop());
    rebuilt(|batch| batch.commitments.permutation = None);
    rebuilt(|batch| batch.commitments.random = Some(batch.commitments.main.clone()));
    rebuilt(|batch| batch.commitments.quotient_chunks = batch.commitments.main.clone());
}

/// A proof of the first segment by other parameters; everything else is as it should be.
fn weaker(parameters: &Parameters) -> VerifyError {
    let guest = Guest::from_elf(&program(3), Input::new(*b"eight by").expect("small"));
    let zkvm_circuit::Setup { key, machine, rows, fixed } = setup(&guest.program).expect("small enough");
    let all = guest.run(usize::MAX);
    let steps = STEPS as usize;
    let run = Run { pc: all.records[steps].pc, records: all.records[..steps].to_vec() };
    let segment = guest.segmenter().segment_of(&run.records, run.pc);
    let end = segment.end;
    let tables = segment.tables(&machine, &rows);
    let present: Vec<ChipId> = tables.iter().map(|table| table.chip.id()).collect();
    let instances: Vec<_> = tables
        .iter()
        .map(|table| StarkInstance { air: &table.chip, trace: &table.rows, public_values: table.public.clone() })
        .collect();
    let mut data = ProverData { common: CommonData::empty(0), prover_only: fixed };
    data.common = machine.common(&present, key.commitment.clone());
    // As `VerifyingKey::config` starts the transcript.
    let mut hasher = blake3::Hasher::new_derive_key("zkvm 2026-11 segment transcript");
    hasher.update(&key.digest());
    present.iter().for_each(|&chip| _ = hasher.update(&[chip as u8]));
    let config = parameters.config(*hasher.finalize().as_bytes());
    let batch = prove_batch(&config, &instances, &data).expect("a proof");
    let (honest_key, honest) = honest();
    assert_eq!(key, *honest_key);
    let mut proof = honest.clone();
    proof.segments[0] = SegmentProof::new(end, &present, &batch);
    assert_eq!((proof.segments[0].end, &proof.segments[0].chips), (honest.segments[0].end, &honest.segments[0].chips));
    match verify(&key, &proof) {
        Ok(_) => {
            assert_eq!(*parameters, Parameters::DEFAULT, "weaker parameters are accepted");
            VerifyError::NoSegments
        }
        Err(error) => error,
    }
}

#[test]
fn proofs_by_weaker_parameters_are_refused() {
    let default = Parameters::DEFAULT;
    // By the right ones such a proof is accepted: what is refused below are the parameters.
    assert!(matches!(weaker(&default), VerifyError::NoSegments));
    for parameters in [
        Parameters { queries: 10, ..default },
        Parameters { queries: default.queries - 1, ..default },
        Parameters { queries: default.queries + 1, ..default },
        Parameters { query_pow_bits: 0, ..default },
        Parameters { log_final_poly_len: default.log_final_poly_len - 1, ..default },
        Parameters { max_log_arity: 2, ..default },
    ] {
        assert!(matches!(weaker(&parameters), VerifyError::Segment { segment: 0, .. }), "{parameters:?}");
    }
}
