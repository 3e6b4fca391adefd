//! What an ELF means: instructions by address, the initial memory image, the access rights, the entry.

use std::sync::Arc;

use zkvm_abi::{HEAP, INPUT, OUTPUT, PAGE_BYTES, Region, STACK};

use crate::decode::decode;
use crate::elf::ElfError;
use crate::instruction::Instruction;
use crate::memory::Permissions;
use crate::trap::Trap;

/// What may be done with a piece of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Loads.
    pub read: bool,
    /// Stores.
    pub write: bool,
    /// Instruction fetch.
    pub execute: bool,
}

impl Access {
    /// Loads only.
    pub const READ: Access = Access { read: true, write: false, execute: false };
    /// Loads and stores.
    pub const READ_WRITE: Access = Access { read: true, write: true, execute: false };
}

/// A piece of the initial memory image.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Guest addresses it covers.
    pub region: Region,
    /// The first bytes; what `region` holds beyond them is 0.
    pub data: Vec<u8>,
    /// Rights of the pages it touches (together with those of its neighbours in the same page).
    pub access: Access,
}

/// A run of instruction slots, decoded.
#[derive(Clone, Debug)]
pub struct TextRange {
    /// Address of the first slot, a multiple of 4.
    pub start: u64,
    /// One entry per 4 bytes; `None` where the word is no instruction.
    pub slots: Vec<Option<Instruction>>,
}

impl TextRange {
    /// Address after the last slot.
    pub fn end(&self) -> u64 {
        self.start + 4 * self.slots.len() as u64
    }
}

/// A function, by its symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// First address.
    pub start: u64,
    /// Address after its last byte.
    pub end: u64,
    /// Name as in the ELF (mangled).
    pub name: String,
}

/// Blake3 hash of entry and segments: what identifies a program.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProgramId(pub [u8; 32]);

impl std::fmt::Display for ProgramId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for ProgramId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ProgramId({self})")
    }
}

/// A loaded guest program. Immutable; share it by reference between threads.
#[derive(Debug)]
pub struct Program {
    entry: u64,
    segments: Vec<Segment>,
    text: Vec<TextRange>,
    functions: Vec<Function>,
    permissions: Permissions,
    id: ProgramId,
    elf: Arc<[u8]>,
}

impl Program {
    /// Reads a static RV64 ELF executable. Words that are no instructions are accepted; executing one is a trap.
    ///
    /// # Errors
    /// [`ElfError`] says what is wrong with the file and where.
    pub fn from_elf(elf: &[u8]) -> Result<Program, ElfError> {
        crate::elf::load(elf)
    }

    pub(crate) fn new(
        entry: u64,
        segments: Vec<Segment>,
        functions: Vec<Function>,
        permissions: Permissions,
        elf: &[u8],
    ) -> Program {
        let text = segments.iter().filter(|segment| segment.access.execute).map(decode_segment).collect();
        let id = identity(entry, &segments);
        Program { entry, segments, text, functions, permissions, id, elf: elf.into() }
    }

    /// Address of the first instruction.
    pub fn entry(&self) -> u64 {
        self.entry
    }

    /// The initial memory image, sorted by address, without overlap. Input, output, heap and stack are not in it.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The executable segments, decoded, sorted by address.
    pub fn text(&self) -> &[TextRange] {
        &self.text
    }

    /// Functions named by the symbol table, sorted by address.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// What may be done with each page of the window. A function of the program alone.
    pub fn permissions(&self) -> &Permissions {
        &self.permissions
    }

    /// What identifies the program: a hash of entry and memory image, independent of symbols and file layout.
    pub fn id(&self) -> ProgramId {
        self.id
    }

    /// The file it was read from.
    pub fn elf(&self) -> &[u8] {
        &self.elf
    }

    /// Bytes of executable segments.
    pub fn text_bytes(&self) -> u64 {
        self.text.iter().map(|range| 4 * range.slots.len() as u64).sum()
    }

    /// The instruction at `pc`.
    #[inline]
    pub fn fetch(&self, pc: u64) -> Result<Instruction, Trap> {
        for range in &self.text {
            let slot = pc.wrapping_sub(range.start) >> 2;
            if let Some(entry) = range.slots.get(slot as usize)
                && pc & 3 == 0
            {
                return entry.ok_or_else(|| Trap::IllegalInstruction { word: self.word(pc).unwrap_or(0) });
            }
        }
        Err(Trap::FetchFault { address: pc })
    }

    /// The four bytes of the initial image at `address`, if all of them belong to one segment.
    pub fn word(&self, address: u64) -> Option<u32> {
        let segment = self.segments.iter().find(|segment| segment.region.contains(address, 4))?;
        let mut bytes = [0; 4];
        for (index, byte) in bytes.iter_mut().enumerate() {
            let offset = (address - segment.region.start) as usize + index;
            *byte = segment.data.get(offset).copied().unwrap_or(0);
        }
        Some(u32::from_le_bytes(bytes))
    }

    /// The function `pc` is in, by the symbol table.
    pub fn function_at(&self, pc: u64) -> Option<&Function> {
        let after = self.functions.partition_point(|function| function.start <= pc);
        self.functions[..after].last().filter(|function| pc < function.end)
    }
}

fn decode_segment(segment: &Segment) -> TextRange {
    let start = segment.region.start.next_multiple_of(4);
    let end = segment.region.end & !3;
    let word_at = |address: u64| {
        let offset = (address - segment.region.start) as usize;
        let mut bytes = [0; 4];
        let available = segment.data.get(offset..).unwrap_or(&[]);
        let count = available.len().min(4);
        bytes[..count].copy_from_slice(&available[..count]);
        u32::from_le_bytes(bytes)
    };
    let slots = (start..end.max(start)).step_by(4).map(|address| decode(word_at(address))).collect();
    TextRange { start, slots }
}

fn identity(entry: u64, segments: &[Segment]) -> ProgramId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"zkvm program 1");
    hasher.update(&entry.to_le_bytes());
    for Segment { region, data, access } in segments {
        hasher.update(&region.start.to_le_bytes());
        hasher.update(&region.end.to_le_bytes());
        hasher.update(&[u8::from(access.read), u8::from(access.write), u8::from(access.execute)]);
        // Trailing zeros and bytes a file leaves out mean the same memory.
        let used = data.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        hasher.update(&(used as u64).to_le_bytes());
        hasher.update(&data[..used]);
    }
    ProgramId(*hasher.finalize().as_bytes())
}

/// The regions every program has besides its own segments, with their rights.
pub const RUNTIME_REGIONS: [(Region, Access); 4] =
    [(OUTPUT, Access::READ_WRITE), (INPUT, Access::READ), (HEAP, Access::READ_WRITE), (STACK, Access::READ_WRITE)];

/// `region` widened to whole pages.
pub const fn page_aligned(region: Region) -> Region {
    Region { start: region.start & !(PAGE_BYTES - 1), end: region.end.next_multiple_of(PAGE_BYTES) }
}
