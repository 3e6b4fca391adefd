//! The translated program: native code, the tables that go with it, and what it was made from.

use zkvm_machine::{Program, ProgramId};

use crate::blocks::Entries;
use crate::emit::{Emitted, EmittedRange, Value, emit, values_at};
use crate::options::TranslateOptions;
use crate::registers::{RangeMaps, Region, RegisterMap};

const MAGIC: &[u8; 8] = b"ZKVM-ROM";
/// Changes whenever a source file of the translator, the machine or the ABI does.
const FINGERPRINT: &str = env!("TRANSLATOR_FINGERPRINT");
const CHECKSUM_BYTES: usize = 32;

/// Why bytes cannot be used as the Rom of a program.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RomError {
    /// The magic number is missing.
    #[error("not a Rom file")]
    NotARom,
    /// Made by another version of the translator.
    #[error("the Rom was made by another version of the translator")]
    OtherTranslator,
    /// Made from another program.
    #[error("the Rom was made from program {found}, not from {expected}")]
    OtherProgram {
        /// Program in the file.
        found: ProgramId,
        /// Program at hand.
        expected: ProgramId,
    },
    /// Made with other options.
    #[error("the Rom was made with other options")]
    OtherOptions,
    /// Cut off or changed.
    #[error("the Rom file of {bytes} bytes is damaged: its checksum does not match")]
    Damaged {
        /// Length of the file.
        bytes: usize,
    },
}

/// A translated program.
#[derive(Clone, Debug)]
pub struct Rom {
    pub(crate) program: ProgramId,
    pub(crate) options: TranslateOptions,
    pub(crate) code: Vec<u8>,
    pub(crate) ranges: Vec<RomRange>,
    /// As in [`Emitted`].
    pub(crate) copies: Vec<(u32, u32)>,
    pub(crate) fault_exit: u32,
    pub(crate) not_entry: u32,
}

/// Tables of one text range; offsets count from the start of the code.
#[derive(Clone, Debug)]
pub(crate) struct RomRange {
    pub start: u64,
    pub entries: Entries,
    pub maps: RangeMaps,
    /// Slots of blocks with a map of their own, and the offset at which they are entered with the common map.
    pub adapters: Vec<(u32, u32)>,
    /// Per slot where its code starts, and after the last where it ends.
    pub offsets: Vec<u32>,
}

impl Rom {
    /// Translates `program`. Every program can be translated; what has no native code is executed by the reference
    /// semantics.
    pub fn translate(program: &Program, options: &TranslateOptions) -> Rom {
        let options = TranslateOptions { max_block: options.longest_block(), ..*options };
        let Emitted { code, ranges, copies, fault_exit, not_entry } = emit(program, &options);
        let ranges = ranges
            .into_iter()
            .map(|EmittedRange { start, entries, maps, adapters, offsets }| RomRange {
                start,
                entries,
                maps,
                adapters,
                offsets,
            })
            .collect();
        Rom { program: program.id(), options, code, ranges, copies, fault_exit, not_entry }
    }

    /// The program it was made from.
    pub fn program(&self) -> ProgramId {
        self.program
    }

    /// The options it was made with.
    pub fn options(&self) -> TranslateOptions {
        self.options
    }

    /// Bytes of native code.
    pub fn code_bytes(&self) -> usize {
        self.code.len()
    }

    /// What a Rom of `program` with `options` depends on, as a hash: the name of its cache file.
    pub fn cache_key(program: &Program, options: &TranslateOptions) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&header(program.id(), options));
        hasher.finalize().to_hex().to_string()
    }

    /// The bytes of a Rom file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut file = header(self.program, &self.options);
        push(&mut file, u64::from(self.fault_exit));
        push(&mut file, u64::from(self.not_entry));
        push(&mut file, self.code.len() as u64);
        file.extend(&self.code);
        push(&mut file, self.ranges.len() as u64);
        for range in &self.ranges {
            push(&mut file, range.start);
            push(&mut file, range.entries.flags().len() as u64);
            file.extend(range.entries.flags().iter().map(|&flag| u8::from(flag)));
            range.offsets.iter().for_each(|offset| file.extend(offset.to_le_bytes()));
            file.extend(range.maps.common.to_bytes());
            push(&mut file, range.maps.regions.len() as u64);
            for Region { slots, map } in &range.maps.regions {
                push_pair(&mut file, (slots.start, slots.end));
                file.extend(map.to_bytes());
            }
            push(&mut file, range.adapters.len() as u64);
            range.adapters.iter().for_each(|&adapter| push_pair(&mut file, adapter));
        }
        push(&mut file, self.copies.len() as u64);
        self.copies.iter().for_each(|&copy| push_pair(&mut file, copy));
        let checksum = blake3::hash(&file);
        file.extend(checksum.as_bytes());
        file
    }

    /// Reads a Rom file, which must have been made from `program` with `options` by this very translator. The checksum
    /// finds accidents, not attacks: native code from a file that others can write is never safe to run.
    ///
    /// # Errors
    /// [`RomError`]; the remedy is always to translate again.
    pub fn from_bytes(file: &[u8], program: &Program, options: &TranslateOptions) -> Result<Rom, RomError> {
        let damaged = RomError::Damaged { bytes: file.len() };
        if !file.starts_with(MAGIC) {
            return Err(RomError::NotARom);
        }
        let expected = header(program.id(), options);
        let found = file.get(..expected.len()).ok_or(RomError::Damaged { bytes: file.len() })?;
        let translator = MAGIC.len()..MAGIC.len() + FINGERPRINT.len();
        if found[translator.clone()] != expected[translator.clone()] {
            return Err(RomError::OtherTranslator);
        }
        let id = ProgramId(found[translator.end..translator.end + 32].try_into().expect("32 bytes"));
        if id != program.id() {
            return Err(RomError::OtherProgram { found: id, expected: program.id() });
        }
        if found != expected {
            return Err(RomError::OtherOptions);
        }
        let content = file.len().checked_sub(CHECKSUM_BYTES).map(|end| file.split_at(end));
        match content {
            Some((content, checksum)) if blake3::hash(content).as_bytes() == checksum => {
                let cursor = Cursor(content.get(expected.len()..).unwrap_or(&[]));
                read(cursor, program.id(), options).ok_or(damaged)
            }
            _ => Err(damaged),
        }
    }

    /// The range and slot of `pc`.
    pub(crate) fn slot_of(&self, pc: u64) -> Option<(&RomRange, usize)> {
        let index = self.ranges.partition_point(|range| range.start <= pc).checked_sub(1)?;
        let range = &self.ranges[index];
        let slot = ((pc - range.start) / 4) as usize;
        (pc.is_multiple_of(4) && slot < range.entries.flags().len()).then_some((range, slot))
    }

    /// Offset of the code at which native execution can start at `pc`, with the register map of [`Rom::map_at`].
    pub(crate) fn entry(&self, pc: u64) -> Option<u32> {
        let (range, slot) = self.slot_of(pc)?;
        range.entries.is_entry(slot).then(|| range.offsets[slot])
    }

    /// The register map of the block `pc` is in.
    pub(crate) fn map_at(&self, pc: u64) -> &RegisterMap {
        self.slot_of(pc).map_or(self.common_map(), |(range, slot)| range.maps.at(slot))
    }

    /// Where the guest's registers are when its code stops inside the block `pc` is in.
    pub(crate) fn values_at(&self, program: &Program, pc: u64) -> [Value; 32] {
        let entries: Vec<_> = self.ranges.iter().map(|range| range.entries.clone()).collect();
        let maps: Vec<_> = self.ranges.iter().map(|range| range.maps.clone()).collect();
        values_at(program, self.options.mode, &entries, &maps, pc)
    }

    /// The register map of indirect jumps.
    pub(crate) fn common_map(&self) -> &RegisterMap {
        &self.ranges[0].maps.common
    }

    /// The instruction whose code contains `offset`.
    pub(crate) fn pc_of(&self, offset: u32) -> Option<u64> {
        let in_range = |range: &RomRange| {
            let slot = range.offsets.partition_point(|&start| start <= offset).checked_sub(1)?;
            (slot + 1 < range.offsets.len()).then(|| range.start + 4 * slot as u64)
        };
        self.ranges.iter().find_map(in_range).or_else(|| {
            let copy = self.copies.partition_point(|&(start, _)| start <= offset).checked_sub(1)?;
            Some(u64::from(self.copies[copy].1)).filter(|&pc| pc != 0)
        })
    }
}

fn push(file: &mut Vec<u8>, value: u64) {
    file.extend(value.to_le_bytes());
}

fn push_pair(file: &mut Vec<u8>, (first, second): (u32, u32)) {
    file.extend(first.to_le_bytes());
    file.extend(second.to_le_bytes());
}

fn header(program: ProgramId, options: &TranslateOptions) -> Vec<u8> {
    let mut header = MAGIC.to_vec();
    header.extend(FINGERPRINT.as_bytes());
    header.extend(program.0);
    push(&mut header, options.longest_block().into());
    push(&mut header, options.mode as u64);
    push(&mut header, options.maps as u64);
    header
}

struct Cursor<'f>(&'f [u8]);

impl<'f> Cursor<'f> {
    fn take(&mut self, bytes: usize) -> Option<&'f [u8]> {
        let (taken, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(taken)
    }

    fn word(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn pair(&mut self) -> Option<(u32, u32)> {
        let half = |bytes: &[u8]| Some(u32::from_le_bytes(bytes.try_into().ok()?));
        Some((half(self.take(4)?)?, half(self.take(4)?)?))
    }

    fn map(&mut self) -> Option<RegisterMap> {
        RegisterMap::from_bytes(self.take(32)?.try_into().ok()?)
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.word()?).ok()
    }
}

fn read(mut cursor: Cursor<'_>, program: ProgramId, options: &TranslateOptions) -> Option<Rom> {
    let fault_exit = u32::try_from(cursor.word()?).ok()?;
    let not_entry = u32::try_from(cursor.word()?).ok()?;
    let code_bytes = cursor.length()?;
    let code = cursor.take(code_bytes)?.to_vec();
    let mut ranges = Vec::new();
    for _ in 0..cursor.word()? {
        let (start, slots) = (cursor.word()?, cursor.length()?);
        let flags = cursor.take(slots)?.iter().map(|&flag| flag != 0).collect();
        let words = cursor.take(slots.checked_add(1)?.checked_mul(4)?)?.chunks_exact(4);
        let offsets = words.map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect();
        let common = cursor.map()?;
        let regions = (0..cursor.length()?).map(|_| {
            let (start, end) = cursor.pair()?;
            Some(Region { slots: start..end, map: cursor.map()? })
        });
        let maps = RangeMaps { common, regions: regions.collect::<Option<_>>()? };
        let adapters = (0..cursor.length()?).map(|_| cursor.pair()).collect::<Option<_>>()?;
        ranges.push(RomRange { start, entries: Entries::from_flags(flags), maps, adapters, offsets });
    }
    let copies = (0..cursor.length()?).map(|_| cursor.pair()).collect::<Option<_>>()?;
    cursor.0.is_empty().then_some(())?;
    Some(Rom { program, options: *options, code, ranges, copies, fault_exit, not_entry })
}
