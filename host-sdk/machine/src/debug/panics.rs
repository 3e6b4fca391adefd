//! Where a guest that panics says it does: `core::panic::Location`s that its stack points to.

use super::Frame;
use crate::program::{Program, Segment};

/// Words of the stack that are looked at: the panic machinery's frames take about a hundred.
const STACK_WORDS: u64 = 256;

/// Longest path of a source file.
const MAX_PATH: u64 = 1024;

/// A line of source that a panic may have happened in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Location {
    file: String,
    line: u32,
}

impl Location {
    /// Whether it is where one of `frames` is. Paths may be cut or remapped differently, so their last parts decide.
    pub(super) fn is_in(&self, frames: &[Frame]) -> bool {
        let last = |path: &str| path.rsplit('/').next().map(str::to_owned);
        frames
            .iter()
            .any(|frame| frame.line == Some(self.line) && frame.file.as_deref().and_then(last) == last(&self.file))
    }
}

/// The locations that the stack above `sp` points to.
pub(super) fn locations(program: &Program, sp: u64, read_u64: &mut dyn FnMut(u64) -> Option<u64>) -> Vec<Location> {
    let words = (0..STACK_WORDS).map_while(|word| read_u64(sp.wrapping_add(8 * word)));
    let mut locations: Vec<Location> = Vec::new();
    for location in words.filter_map(|word| location_at(program, word)) {
        if !locations.contains(&location) {
            locations.push(location);
        }
    }
    locations
}

/// A `Location` is pointer and length of the path, line and column; it lies in read-only memory.
fn location_at(program: &Program, address: u64) -> Option<Location> {
    let [path, length, position] = [0, 8, 16].map(|offset| {
        let bytes = constant(program, address.checked_add(offset)?, 8)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    });
    let (line, column) = (position? as u32, (position? >> 32) as u32);
    let length = length.filter(|&length| length <= MAX_PATH)?;
    let file = std::str::from_utf8(constant(program, path?, length)?).ok()?;
    (address.is_multiple_of(8) && line != 0 && column != 0 && file.ends_with(".rs"))
        .then(|| Location { file: file.to_owned(), line })
}

/// Bytes of the initial image that cannot have been written since.
fn constant(program: &Program, address: u64, bytes: u64) -> Option<&[u8]> {
    let holds = |segment: &&Segment| !segment.access.write && segment.region.contains(address, bytes);
    let segment = program.segments().iter().find(holds)?;
    let offset = usize::try_from(address - segment.region.start).ok()?;
    segment.data.get(offset..offset.checked_add(usize::try_from(bytes).ok()?)?)
}
