//! What an ELF's debug information says about addresses: names, files and lines ([`Symbols`]), and who called whom
//! ([`unwind`]). It only serves reports: where it is missing, damaged or absurd, less is said, and nothing fails.

mod calls;
mod frames;
mod panics;
mod symbols;
mod unwind;

pub use symbols::{Frame, Symbols};
pub use unwind::unwind;

use gimli::{EndianSlice, LittleEndian};
use goblin::container::{Container, Ctx, Endian};
use goblin::elf::section_header::{SHF_COMPRESSED, SHT_NOBITS, SectionHeader};

use crate::elf::string_at;

type Bytes<'e> = EndianSlice<'e, LittleEndian>;

/// The contents of a section and the address it is loaded at.
struct Section<'e> {
    bytes: Bytes<'e>,
    address: u64,
}

/// The section called `name`; an empty one if there is none that can be read.
fn section<'e>(elf: &'e [u8], name: &str) -> Section<'e> {
    find_section(elf, name).unwrap_or(Section { bytes: EndianSlice::new(&[], LittleEndian), address: 0 })
}

fn find_section<'e>(elf: &'e [u8], name: &str) -> Option<Section<'e>> {
    let header = goblin::elf::Elf::parse_header(elf).ok()?;
    let table_bytes = u64::from(header.e_shnum) * 64;
    if header.e_shentsize != 64 || header.e_shoff.checked_add(table_bytes)? > elf.len() as u64 {
        return None;
    }
    let context = Ctx::new(Container::Big, Endian::Little);
    let sections = SectionHeader::parse(elf, header.e_shoff as usize, header.e_shnum.into(), context).ok()?;
    let contents = |section: &SectionHeader| {
        let end = section.sh_offset.checked_add(section.sh_size)?;
        elf.get(usize::try_from(section.sh_offset).ok()?..usize::try_from(end).ok()?)
    };
    let names = contents(sections.get(header.e_shstrndx as usize)?)?;
    let found = sections.iter().find(|section| string_at(names, section.sh_name) == Some(name))?;
    if found.sh_type == SHT_NOBITS || found.sh_flags & u64::from(SHF_COMPRESSED) != 0 {
        return None;
    }
    Some(Section { bytes: EndianSlice::new(contents(found)?, LittleEndian), address: found.sh_addr })
}
