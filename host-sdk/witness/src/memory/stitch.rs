//! Sorted operations → the history of every word, checked: each load returns what was stored last.

use crate::memory::image::Image;
use crate::memory::operation::{Operation, READ, WRITE};
use crate::table::memory::{BoundaryRows, MemoryRows};
use crate::table::schema::INITIAL;

/// A load that does not return what memory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("step {step}: memory at {address:#x} holds {expected:#x} under mask {bits:#x}, but the step reads {actual:#x}")]
pub struct InconsistentRead {
    /// The step that reads.
    pub step: u64,
    /// Byte address of the 8-byte word.
    pub address: u64,
    /// Bits of the word that are read.
    pub bits: u64,
    /// What the word holds there.
    pub expected: u64,
    /// What the step reads there.
    pub actual: u64,
}

struct Word {
    address: u32,
    initial: u64,
    value: u64,
    last_step: u64,
}

/// Turns operations, sorted by word and step, into rows.
pub(crate) struct Stitch<'m> {
    image: &'m Image<'m>,
    word: Option<Word>,
    pub memory: MemoryRows,
    pub boundary: BoundaryRows,
}

impl<'m> Stitch<'m> {
    pub fn new(image: &'m Image<'m>) -> Stitch<'m> {
        Stitch { image, word: None, memory: MemoryRows::default(), boundary: BoundaryRows::default() }
    }

    /// Takes the next operation.
    #[inline]
    pub fn push(&mut self, operation: &Operation) -> Result<(), InconsistentRead> {
        if self.word.as_ref().is_none_or(|word| word.address != operation.word_address) {
            self.open(operation.word_address);
        }
        let word = self.word.as_mut().expect("opened above");
        let bits = operation.bits();
        let held = word.value & bits;
        if operation.kind != WRITE && held != operation.read {
            let (step, address) = (operation.step, operation.word_address.into());
            return Err(InconsistentRead { step, address, bits, expected: held, actual: operation.read });
        }
        let previous = word.value;
        if operation.kind != READ {
            word.value = previous & !bits | operation.written;
        }
        let rows = &mut self.memory;
        rows.word_address.push(word.address);
        rows.step.push(operation.step);
        rows.slot.push(operation.slot);
        rows.kind.push(operation.kind);
        rows.previous_step.push(word.last_step);
        rows.previous_value.push(previous);
        rows.value.push(word.value);
        rows.mask.push(operation.mask);
        word.last_step = operation.step;
        Ok(())
    }

    /// Ends the history of the last word.
    pub fn close(&mut self) {
        if let Some(word) = self.word.take() {
            self.boundary.word_address.push(word.address);
            self.boundary.initial_value.push(word.initial);
            self.boundary.final_value.push(word.value);
            self.boundary.last_step.push(word.last_step);
        }
    }

    fn open(&mut self, address: u32) {
        self.close();
        let initial = self.image.word(address.into());
        self.word = Some(Word { address, initial, value: initial, last_step: INITIAL });
    }
}
