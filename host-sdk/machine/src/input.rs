//! What a guest is given.

use zkvm_abi::{INPUT, SEED_BYTES};

/// The input bytes do not fit into the guest's input region.
#[derive(Debug, thiserror::Error)]
#[error("the input needs {bytes} bytes with arguments and environment, the input region holds {limit}")]
pub struct InputTooLarge {
    /// Bytes of the region's contents.
    pub bytes: u64,
    /// Bytes of the region.
    pub limit: u64,
}

/// Bytes, arguments, environment and random seed of one run. All of it is known to whoever makes the proof.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    bytes: Vec<u8>,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    seed: Option<[u8; SEED_BYTES]>,
}

impl Input {
    /// An input of just these bytes: no arguments, no environment, the seed derived from the bytes.
    ///
    /// # Errors
    /// [`InputTooLarge`].
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Input, InputTooLarge> {
        Input::with(bytes, Vec::new(), Vec::new(), None)
    }

    /// `arguments` start with the program's name; `seed` feeds the guest's random numbers, and is by default the
    /// Blake3 hash of all the rest.
    ///
    /// # Errors
    /// [`InputTooLarge`].
    pub fn with(
        bytes: impl Into<Vec<u8>>,
        arguments: Vec<String>,
        environment: Vec<(String, String)>,
        seed: Option<[u8; SEED_BYTES]>,
    ) -> Result<Input, InputTooLarge> {
        let input = Input { bytes: bytes.into(), arguments, environment, seed };
        // Checked before anything is copied: the lengths alone decide.
        let list = |lengths: &mut dyn Iterator<Item = usize>| lengths.map(field_bytes).sum::<u64>() + 8;
        let bytes = field_bytes(input.bytes.len())
            + list(&mut input.arguments.iter().map(String::len))
            + list(&mut input.environment.iter().map(|(name, value)| name.len() + 1 + value.len()))
            + SEED_BYTES as u64;
        if bytes > INPUT.bytes() {
            return Err(InputTooLarge { bytes, limit: INPUT.bytes() });
        }
        Ok(input)
    }

    /// The input proper.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Contents of the guest's input region ([`zkvm_abi::INPUT`]).
    pub fn to_region(&self) -> Vec<u8> {
        let mut region = Vec::with_capacity(self.bytes.len() + 256);
        push_field(&mut region, &self.bytes);
        region.extend((self.arguments.len() as u64).to_le_bytes());
        for argument in &self.arguments {
            push_field(&mut region, argument.as_bytes());
        }
        region.extend((self.environment.len() as u64).to_le_bytes());
        for (name, value) in &self.environment {
            push_field(&mut region, format!("{name}={value}").as_bytes());
        }
        let seed = self.seed.unwrap_or_else(|| *blake3::hash(&region).as_bytes());
        region.extend(seed);
        region
    }
}

fn field_bytes(length: usize) -> u64 {
    8 + (length as u64).next_multiple_of(8)
}

fn push_field(region: &mut Vec<u8>, bytes: &[u8]) {
    region.extend((bytes.len() as u64).to_le_bytes());
    region.extend(bytes);
    region.resize(region.len().next_multiple_of(8), 0);
}
