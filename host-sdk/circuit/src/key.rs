//! The verifying key of a program: all that a verifier needs to know of it.

use p3_air::BaseAir;
use p3_batch_stark::ProverOnlyData;
use p3_commit::{Pcs as Commit, UnivariateStarkPcs};
use p3_matrix::dense::RowMajorMatrix;
use p3_uni_stark::StarkGenericConfig;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zkvm_machine::Program;

use crate::chip::ChipId;
use crate::chips::MAX_LOG_HEIGHT;
use crate::chips::program::ProgramRows;
use crate::config::{Challenger, Commitment, Config, Parameters, Pcs};
use crate::field::EF;
use crate::image::program_cells;
use crate::machine::Machine;
use crate::proof::PROOF_VERSION;
use crate::statement::InitialMemory;

/// First bytes of a key file.
pub const KEY_MAGIC: [u8; 8] = *b"zkvmkey\0";

/// What a verifier knows of a program. It depends on the program and the version of the circuit alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerifyingKey {
    /// Commitment to the columns that the program fixes.
    pub commitment: Commitment,
    /// log2 of the rows of the `program` table.
    pub log_program_rows: u8,
    /// Address of the first instruction.
    pub entry: u64,
    /// The cells before the first step, but for the input.
    pub memory: InitialMemory,
}

/// Why a program cannot be proved, or bytes are no key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// More instructions than a table may have rows.
    #[error("the program's text has {rows} instructions; at most {} can be proved", 1_u64 << MAX_LOG_HEIGHT)]
    TooLarge {
        /// Rows of the `program` table.
        rows: u64,
    },
    /// The first bytes are others.
    #[error("this is not a verifying key (it does not begin with the mark of one)")]
    Magic,
    /// Made by another version.
    #[error("the key has version {actual}, this verifier reads version {PROOF_VERSION}")]
    Version {
        /// The key's.
        actual: u32,
    },
    /// The content is malformed.
    #[error("the verifying key is malformed or cut off")]
    Malformed,
}

impl VerifyingKey {
    /// The key as the content of a file.
    pub fn encode(&self) -> Vec<u8> {
        let body = postcard::to_allocvec(self).expect("plain data in memory can always be encoded");
        [KEY_MAGIC.as_slice(), &PROOF_VERSION.to_le_bytes(), &body].concat()
    }

    /// The key in a file's content.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn decode(bytes: &[u8]) -> Result<VerifyingKey, KeyError> {
        let rest = bytes.strip_prefix(&KEY_MAGIC).ok_or(KeyError::Magic)?;
        let (version, body) = rest.split_first_chunk::<4>().ok_or(KeyError::Malformed)?;
        let actual = u32::from_le_bytes(*version);
        if actual != PROOF_VERSION {
            return Err(KeyError::Version { actual });
        }
        let (key, rest) = postcard::take_from_bytes::<VerifyingKey>(body).map_err(|_| KeyError::Malformed)?;
        let fits = rest.is_empty() && usize::from(key.log_program_rows) <= MAX_LOG_HEIGHT;
        if fits { Ok(key) } else { Err(KeyError::Malformed) }
    }

    /// 32 bytes that stand for the key: of its encoding, the chips and the parameters.
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("zkvm 2026-11 verifying key");
        hasher.update(&self.encode());
        for chip in Machine::for_verifier(self.log_program_rows.into()).chips() {
            hasher.update(&[chip.id() as u8]);
            for column in chip.columns() {
                hasher.update(column.as_bytes());
                hasher.update(&[0]);
            }
        }
        hasher.update(format!("{:?}", Parameters::DEFAULT).as_bytes());
        *hasher.finalize().as_bytes()
    }

    /// The configuration for a segment with these chips: its transcript starts with the key and the list.
    pub fn config(digest: &[u8; 32], present: &[ChipId]) -> Config {
        let mut hasher = blake3::Hasher::new_derive_key("zkvm 2026-11 segment transcript");
        hasher.update(digest);
        for &chip in present {
            hasher.update(&[chip as u8]);
        }
        Parameters::DEFAULT.config(*hasher.finalize().as_bytes())
    }
}

/// A program made ready to be proved.
pub struct Setup {
    /// What the verifier gets.
    pub key: VerifyingKey,
    /// The machine.
    pub machine: Machine,
    /// The program's rows.
    pub rows: ProgramRows,
    /// The committed columns that the program fixes.
    pub fixed: ProverOnlyData<Config>,
}

/// Makes a program ready: its rows, their commitment, its memory.
///
/// # Errors
/// [`KeyError::TooLarge`]
pub fn setup(program: &Program) -> Result<Setup, KeyError> {
    let rows = ProgramRows::new(program);
    let machine = Machine::for_program(&rows);
    let log_program_rows = rows.fixed.values.len() / rows.fixed.width;
    if log_program_rows > 1 << MAX_LOG_HEIGHT {
        return Err(KeyError::TooLarge { rows: log_program_rows as u64 });
    }
    let config = Parameters::DEFAULT.config([0; 32]);
    let pcs = config.pcs();
    let fixed: Vec<(_, RowMajorMatrix<_>)> = machine
        .chips()
        .iter()
        .filter_map(|chip| Some((machine.fixed_log_height(chip)?, chip.preprocessed_trace()?)))
        .map(|(log_height, rows)| {
            (<Pcs as Commit<EF, Challenger>>::natural_domain_for_degree(pcs, 1 << log_height), rows)
        })
        .collect();
    let (commitment, data) = <Pcs as UnivariateStarkPcs<EF, Challenger>>::commit_preprocessing(pcs, fixed)
        .expect("a two-adic commitment of these heights exists");
    let key = VerifyingKey {
        commitment,
        log_program_rows: log_program_rows.ilog2() as u8,
        entry: program.entry(),
        memory: InitialMemory::new(&program_cells(program)),
    };
    Ok(Setup { key, machine, rows, fixed: ProverOnlyData { preprocessed_prover_data: Some(data) } })
}
