//! The public output, read from final memory.

use zkvm_abi::{LENGTH_BYTES, OUTPUT};

/// Collects the start of the output region, as long as `public_output` claims it is.
pub(crate) struct FinalOutput<'o> {
    public_output: &'o [u8],
    region: Vec<u8>,
}

impl<'o> FinalOutput<'o> {
    /// The region before anything is written to it.
    pub fn new(public_output: &'o [u8]) -> FinalOutput<'o> {
        FinalOutput { public_output, region: vec![0; LENGTH_BYTES as usize + public_output.len()] }
    }

    /// Takes note of the final value of the word at `address`.
    pub fn word(&mut self, address: u64, value: u64) {
        if !OUTPUT.contains(address, 8) {
            return;
        }
        let offset = (address - OUTPUT.start) as usize;
        if let Some(tail) = self.region.get_mut(offset..) {
            let count = tail.len().min(8);
            tail[..count].copy_from_slice(&value.to_le_bytes()[..count]);
        }
    }

    /// First byte of the region that is not what the claimed output says: offset, expected (in memory), claimed.
    pub fn mismatch(&self) -> Option<(u64, u8, u8)> {
        let length = (self.public_output.len() as u64).to_le_bytes();
        let claimed = length.iter().chain(self.public_output);
        let mut pairs = self.region.iter().zip(claimed).enumerate();
        pairs.find_map(|(offset, (&memory, &claim))| (memory != claim).then_some((offset as u64, memory, claim)))
    }
}
