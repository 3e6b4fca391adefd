//! The proof system: fields, hash, polynomial commitment, and the parameters that the security level follows from.

use p3_blake3::Blake3;
use p3_challenger::SerializingChallenger64;
use p3_commit::ExtensionMmcs;
use p3_dft::Radix2DitParallel;
use p3_fri::{FriParameters, TwoAdicFriPcs};
use p3_merkle_tree::MerkleTreeMmcs;
use p3_symmetric::{CompressionFunctionFromHasher, MerkleCap, SerializingHasher};
use p3_uni_stark::StarkConfig;

use crate::field::{EF, F};
use crate::transcript::Transcript;

/// Bytes of a commitment.
pub const COMMITMENT_BYTES: usize = 32;

type RowHash = SerializingHasher<Blake3>;
type NodeHash = CompressionFunctionFromHasher<Blake3, 2, COMMITMENT_BYTES>;
type RowMmcs = MerkleTreeMmcs<F, u8, RowHash, NodeHash, 2, COMMITMENT_BYTES>;
type FoldMmcs = ExtensionMmcs<F, EF, RowMmcs>;
/// What challenges are drawn from.
pub type Challenger = SerializingChallenger64<F, Transcript>;

/// The polynomial commitment: FRI over Merkle trees of Blake3.
pub type Pcs = TwoAdicFriPcs<F, Radix2DitParallel<F>, RowMmcs, FoldMmcs>;
/// Plonky3's configuration of them.
pub type Config = StarkConfig<Pcs, EF, Challenger>;
/// Root of a Merkle tree.
pub type Commitment = MerkleCap<F, [u8; COMMITMENT_BYTES]>;
/// A proof of one segment, as Plonky3 makes it.
pub type BatchProof = p3_batch_stark::BatchProof<Config>;

/// What the security level follows from, besides the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// log2 of 1/rate.
    pub log_blowup: usize,
    /// Queries of FRI.
    pub queries: usize,
    /// Bits of proof of work before the queries are drawn.
    pub query_pow_bits: usize,
    /// log2 of the final polynomial's length.
    pub log_final_poly_len: usize,
    /// log2 of the greatest folding factor.
    pub max_log_arity: usize,
}

impl Parameters {
    /// 128 bits proven for every segment this crate's tables allow: `security` computes it, a test asserts it.
    pub const DEFAULT: Parameters =
        Parameters { log_blowup: 2, queries: 107, query_pow_bits: 25, log_final_poly_len: 9, max_log_arity: 3 };

    /// FRI's parameters, with `mmcs` its commitment scheme.
    pub fn fri<M>(&self, mmcs: M) -> FriParameters<M> {
        FriParameters {
            log_blowup: self.log_blowup,
            log_final_poly_len: self.log_final_poly_len,
            max_log_arity: self.max_log_arity,
            num_queries: self.queries,
            batch_proof_of_work_bits: 0,
            commit_proof_of_work_bits: 0,
            query_proof_of_work_bits: self.query_pow_bits,
            mmcs,
        }
    }

    /// The configuration, its transcript started with `seed`: everything that is agreed beforehand.
    pub fn config(&self, seed: [u8; 32]) -> Config {
        let mmcs = RowMmcs::new(RowHash::new(Blake3), NodeHash::new(Blake3), 0);
        let pcs = Pcs::new(Radix2DitParallel::default(), mmcs.clone(), self.fri(FoldMmcs::new(mmcs)));
        Config::new(pcs, Challenger::new(Transcript::new(seed)))
    }
}
