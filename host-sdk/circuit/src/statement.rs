//! What a verifier computes of the machine's memory: the root before the first step, and from the root after the last
//! one the public output and the exit code. Nothing here may be trusted: openings come from the prover.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use zkvm_abi::{INPUT, LENGTH_BYTES, OUTPUT};
use zkvm_machine::Reg;

use crate::cells::{LEAF_CELLS, REGISTER_LEAF, TREE_HEIGHT, source};
use crate::hash::{Digest, Domain, LeafWords, hash, hash_many, leaf_inputs, node_inputs};
use crate::tree::MemoryTree;
use crate::tree::region::{LEAF_BYTES, leaves, parents, subtree};

const INPUT_NODE: (u32, u64) = subtree(INPUT);
const OUTPUT_NODE: (u32, u64) = subtree(OUTPUT);
const INPUT_LEVELS: usize = (TREE_HEIGHT - INPUT_NODE.0) as usize;
/// The root has two children: guest memory and the registers.
const HALF_HEIGHT: u32 = TREE_HEIGHT - 1;
const OUTPUT_LEVELS: usize = (HALF_HEIGHT - OUTPUT_NODE.0) as usize;
const REGISTER_LEVELS: usize = HALF_HEIGHT as usize;
const _: () = assert!(INPUT_NODE.1 >> (HALF_HEIGHT - INPUT_NODE.0) == 0, "the input lies in guest memory");
const _: () = assert!(OUTPUT_NODE.1 >> (HALF_HEIGHT - OUTPUT_NODE.0) == 0, "the output lies in guest memory");

/// Register `a0`, in which the exit code is handed over.
const EXIT_REGISTER: u32 = 10;

/// The cells before the first step but for the input region, as far as a verifier needs to know them: digests beside
/// the way from the input region to the root. They depend on the program alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitialMemory {
    siblings: [Digest; INPUT_LEVELS],
}

/// What binds the public output and the exit code to the root after the last step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinalOpening {
    /// What follows the output in its last leaf.
    tail: Vec<u8>,
    /// Digests to the right of the output's leaves, inside its region, lowest first; only where a level ends with a
    /// left child.
    right: Vec<Digest>,
    /// Digests beside the way from the output region to the root's left child.
    beside_output: [Digest; OUTPUT_LEVELS],
    /// Words of the leaf in which `a0` lies.
    registers: LeafWords,
    /// Digests beside the way from it to the root's right child.
    beside_registers: [Digest; REGISTER_LEVELS],
}

/// Why a public output or an exit code is not the one of a final root.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OpeningError {
    /// No output can be that long.
    #[error("a public output of {bytes} bytes does not fit into the output region")]
    OutputTooLong {
        /// Its length.
        bytes: usize,
    },
    /// The bytes after the output do not fill its last leaf.
    #[error("{actual} bytes follow the output in its last leaf instead of {expected}")]
    Tail {
        /// Bytes that the leaf has left.
        expected: usize,
        /// Bytes in the opening.
        actual: usize,
    },
    /// There are too few or too many digests.
    #[error("the opening has {actual} digests to the right of the output instead of {expected}")]
    Siblings {
        /// Digests that an output of this length needs.
        expected: usize,
        /// Digests in the opening.
        actual: usize,
    },
    /// The root is another.
    #[error("output and registers do not hash to the final memory root")]
    Root,
    /// `a0` is another.
    #[error("the exit code is {actual}, not {claimed}")]
    ExitCode {
        /// The one claimed.
        claimed: u32,
        /// The one in `a0`.
        actual: u32,
    },
}

impl InitialMemory {
    /// Of a program whose cells these are; all others are 0, the input region's are anything.
    pub fn new(cells: &[(u64, u64)]) -> InitialMemory {
        let tree = MemoryTree::new(cells.iter().copied());
        InitialMemory { siblings: beside(&tree, INPUT_NODE) }
    }

    /// The root if the input region's digest is `input`.
    pub fn root(&self, input: &Digest) -> Digest {
        fold(INPUT_NODE.1, *input, &self.siblings)
    }
}

/// Opens a final tree for an output of `bytes` bytes.
///
/// # Errors
/// [`OpeningError::OutputTooLong`]
pub fn open(tree: &MemoryTree, bytes: usize) -> Result<FinalOpening, OpeningError> {
    let shape = OutputShape::new(bytes)?;
    let (height, index) = OUTPUT_NODE;
    let last = (index << height) + shape.leaves as u64 - 1;
    let last_bytes: Vec<u8> = tree.words(last).iter().flat_map(|word| word.to_le_bytes()).collect();
    let right = shape.right.iter().map(|&(level, node)| tree.digest(level, (index << (height - level)) + node));
    let (registers, _) = exit_cell();
    Ok(FinalOpening {
        tail: last_bytes[LEAF_BYTES - shape.tail..].to_vec(),
        right: right.collect(),
        beside_output: beside(tree, OUTPUT_NODE),
        registers: tree.words(registers),
        beside_registers: beside(tree, (0, registers)),
    })
}

/// Checks that a machine whose memory has this root has left `output` in the output region and `exit_code` in `a0`.
///
/// # Errors
/// [`OpeningError`]
pub fn check(opening: &FinalOpening, root: &Digest, output: &[u8], exit_code: u32) -> Result<(), OpeningError> {
    let region = opening.output_digest(output)?;
    let memory = fold(OUTPUT_NODE.1, region, &opening.beside_output);
    let (leaf, cell) = exit_cell();
    let registers = hash(Domain::Leaf, &leaf_inputs(&opening.registers));
    let registers = fold(leaf, registers, &opening.beside_registers);
    if hash(Domain::Node, &node_inputs(&memory, &registers)) != *root {
        return Err(OpeningError::Root);
    }
    // The low 32 bits; the rest of the register is nobody's business, as on Linux.
    let actual = opening.registers[cell] as u32;
    if actual == exit_code { Ok(()) } else { Err(OpeningError::ExitCode { claimed: exit_code, actual }) }
}

impl FinalOpening {
    /// The digest that the output region must have.
    fn output_digest(&self, output: &[u8]) -> Result<Digest, OpeningError> {
        let shape = OutputShape::new(output.len())?;
        if self.tail.len() != shape.tail {
            return Err(OpeningError::Tail { expected: shape.tail, actual: self.tail.len() });
        }
        if self.right.len() != shape.right.len() {
            return Err(OpeningError::Siblings { expected: shape.right.len(), actual: self.right.len() });
        }
        let length = (output.len() as u64).to_le_bytes();
        let bytes = [length.as_slice(), output, &self.tail].concat();
        let inputs: Vec<_> = leaves(&bytes).map(|words| leaf_inputs(&words)).collect();
        let mut level = hash_many(Domain::Leaf, &inputs);
        // As many as there are levels that end with a left child, see `OutputShape`.
        let mut right = self.right.iter().copied();
        for _ in 0..OUTPUT_NODE.0 {
            level = parents(&level, || right.next().unwrap_or_default());
        }
        Ok(level.first().copied().unwrap_or_default())
    }
}

/// What follows from an output's length.
struct OutputShape {
    /// Leaves that length word and bytes touch.
    leaves: usize,
    /// Bytes after them in the last leaf.
    tail: usize,
    /// Height and number in the region of each node that is the right sibling of a level's last node.
    right: Vec<(u32, u64)>,
}

impl OutputShape {
    fn new(bytes: usize) -> Result<OutputShape, OpeningError> {
        let room = OUTPUT.bytes() - LENGTH_BYTES;
        if bytes as u64 > room {
            return Err(OpeningError::OutputTooLong { bytes });
        }
        let used = bytes + LENGTH_BYTES as usize;
        let leaves = used.div_ceil(LEAF_BYTES);
        let nodes = |height: u32| (leaves as u64).div_ceil(1 << height);
        let right = (0..OUTPUT_NODE.0).map(|height| (height, nodes(height))).filter(|(_, nodes)| nodes % 2 == 1);
        Ok(OutputShape { leaves, tail: leaves * LEAF_BYTES - used, right: right.collect() })
    }
}

/// The leaf in which `a0` lies, and its place there.
fn exit_cell() -> (u64, usize) {
    let cell = source(Reg::new(EXIT_REGISTER));
    (cell / LEAF_CELLS, (cell % LEAF_CELLS) as usize)
}

const _: () = assert!(REGISTER_LEAF == 1 << HALF_HEIGHT, "the registers lie right of the root");

/// The digests beside the way from a node upwards, lowest first.
fn beside<const LEVELS: usize>(tree: &MemoryTree, (height, index): (u32, u64)) -> [Digest; LEVELS] {
    std::array::from_fn(|level| tree.digest(height + level as u32, index >> level ^ 1))
}

/// The digest that many levels above the node `index` as there are digests beside the way.
fn fold(index: u64, digest: Digest, beside: &[Digest]) -> Digest {
    let step = |digest, (level, sibling): (usize, &Digest)| {
        let inputs =
            if index >> level & 1 == 0 { node_inputs(&digest, sibling) } else { node_inputs(sibling, &digest) };
        hash(Domain::Node, &inputs)
    };
    beside.iter().enumerate().fold(digest, step)
}
