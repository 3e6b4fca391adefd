//! Small static ELF files.

use zkvm_machine::Instruction;

use crate::encode::encode;

/// Where the text of built programs starts.
pub const TEXT: u64 = 0x1_0000;
/// Where their writable data starts.
pub const DATA: u64 = 0x20_0000;

const PAGE: u64 = 4096;

/// Builds an ELF of one executable and, if there is data, one writable segment.
#[derive(Clone, Debug)]
pub struct ElfBuilder {
    text_address: u64,
    text: Vec<u32>,
    data: Vec<u8>,
    entry: u64,
}

impl ElfBuilder {
    /// A program of these instructions at [`TEXT`], entered at the first.
    pub fn new(text: &[Instruction]) -> ElfBuilder {
        ElfBuilder::from_words(text.iter().map(|&instruction| encode(instruction)).collect())
    }

    /// A program of these words.
    pub fn from_words(text: Vec<u32>) -> ElfBuilder {
        ElfBuilder { text_address: TEXT, text, data: Vec::new(), entry: TEXT }
    }

    /// With these bytes of data at [`DATA`].
    pub fn data(self, data: Vec<u8>) -> ElfBuilder {
        ElfBuilder { data, ..self }
    }

    /// With text and entry elsewhere.
    pub fn text_address(self, address: u64) -> ElfBuilder {
        ElfBuilder { text_address: address, entry: address, ..self }
    }

    /// The bytes of the file.
    pub fn build(self) -> Vec<u8> {
        let text: Vec<u8> = self.text.iter().flat_map(|word| word.to_le_bytes()).collect();
        let segments = [(self.text_address, text, 5u32), (DATA, self.data, 6)];
        let segments: Vec<_> = segments.into_iter().filter(|(_, bytes, _)| !bytes.is_empty()).collect();
        let mut file = header(self.entry, segments.len() as u16);
        // As loaders want it: the offset in the file is the address modulo the page.
        let mut offset = PAGE;
        for (address, bytes, flags) in &segments {
            let size = bytes.len() as u64;
            file.extend(1u32.to_le_bytes());
            file.extend(flags.to_le_bytes());
            for field in [offset, *address, *address, size, size, 4096] {
                file.extend(field.to_le_bytes());
            }
            offset = (offset + size).next_multiple_of(PAGE);
        }
        for (_, bytes, _) in &segments {
            file.resize(file.len().next_multiple_of(PAGE as usize), 0);
            file.extend(bytes);
        }
        file
    }
}

fn header(entry: u64, segments: u16) -> Vec<u8> {
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend(2u16.to_le_bytes());
    file.extend(243u16.to_le_bytes());
    file.extend(1u32.to_le_bytes());
    for field in [entry, 64, 0] {
        file.extend(field.to_le_bytes());
    }
    file.extend(0u32.to_le_bytes());
    for field in [64, 56, segments, 64, 0, 0] {
        file.extend(field.to_le_bytes());
    }
    file
}
