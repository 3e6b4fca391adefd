//! Address → function, file, line.

use addr2line::Context;
use gimli::Dwarf;

use super::{Bytes, section};
use crate::program::Program;

/// Deepest nesting of debug information entries that is looked at. Compilers stay below a hundred; the reader of inlined
/// functions recurses once per level, so that a hostile file could otherwise overflow the stack.
const MAX_NESTING: isize = 1000;

/// A function that an address is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its name, demangled; empty if unknown.
    pub function: String,
    /// Source file, as the compiler recorded it.
    pub file: Option<String>,
    /// Line in it.
    pub line: Option<u32>,
}

/// Names and source lines of a program's addresses.
pub struct Symbols<'p> {
    program: &'p Program,
    dwarf: Option<Context<Bytes<'p>>>,
}

impl std::fmt::Debug for Symbols<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Symbols").field("program", &self.program.id()).finish_non_exhaustive()
    }
}

impl<'p> Symbols<'p> {
    /// Reads the index of the debug information. It takes a while (milliseconds per megabyte), so keep it.
    pub fn new(program: &'p Program) -> Symbols<'p> {
        let load = |id: gimli::SectionId| Ok::<_, gimli::Error>(section(program.elf(), id.name()).bytes);
        let dwarf = Dwarf::load(load).ok().filter(|dwarf| is_shallow(dwarf).unwrap_or(false));
        Symbols { program, dwarf: dwarf.and_then(|dwarf| Context::from_dwarf(dwarf).ok()) }
    }

    /// The functions `pc` is in: the innermost inlined one first, the one that has a symbol last. Empty if nothing is
    /// known. For a return address, ask for the call before it (`address - 4`).
    pub fn locate(&self, pc: u64) -> Vec<Frame> {
        let mut frames = self.frames(pc).unwrap_or_default();
        let symbol = self.program.function_at(pc).map(|function| demangle(&function.name));
        match (frames.last_mut(), symbol) {
            // The symbol has the path of the function, line tables only its name.
            (Some(outer), Some(name)) => outer.function = name,
            (None, Some(function)) => frames.push(Frame { function, file: None, line: None }),
            _ => {}
        }
        frames.retain(|frame| !frame.function.is_empty() || frame.file.is_some());
        frames
    }

    fn frames(&self, pc: u64) -> Option<Vec<Frame>> {
        let mut found = self.dwarf.as_ref()?.find_frames(pc).skip_all_loads().ok()?;
        let mut frames = Vec::new();
        while let Ok(Some(frame)) = found.next() {
            let name = frame.function.and_then(|name| Some(demangle(&name.raw_name().ok()?)));
            let location = frame.location;
            frames.push(Frame {
                function: name.unwrap_or_default(),
                file: location.as_ref().and_then(|location| location.file).map(str::to_owned),
                line: location.and_then(|location| location.line).filter(|&line| line != 0),
            });
        }
        Some(frames)
    }
}

/// Whether no entry lies deeper than [`MAX_NESTING`].
fn is_shallow(dwarf: &Dwarf<Bytes<'_>>) -> gimli::Result<bool> {
    let mut units = dwarf.units();
    while let Some(header) = units.next()? {
        let abbreviations = dwarf.abbreviations(&header)?;
        let mut entries = header.entries_raw(&abbreviations, None)?;
        while !entries.is_empty() {
            if entries.next_depth() > MAX_NESTING {
                return Ok(false);
            }
            if let Some(abbreviation) = entries.read_abbreviation()? {
                entries.skip_attributes(abbreviation.attributes())?;
            }
        }
    }
    Ok(true)
}

fn demangle(name: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(name))
}
