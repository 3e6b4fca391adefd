//! ELF → [`Program`]. Takes every field of the file as hostile.

use goblin::container::{Container, Ctx, Endian};
use goblin::elf::header::{EI_CLASS, EI_DATA, ELFCLASS64, ELFDATA2LSB, ELFMAG, EM_RISCV, ET_DYN, ET_EXEC, Header};
use goblin::elf::program_header::{PF_R, PF_W, PF_X, PT_INTERP, PT_LOAD, ProgramHeader};
use goblin::elf::section_header::{SHT_SYMTAB, SectionHeader};
use goblin::elf::sym::{STT_FUNC, Symtab};
use zkvm_abi::{PROGRAM_HIGH, PROGRAM_LOW, Region};

use crate::memory::Permissions;
use crate::program::{Access, Function, Program, RUNTIME_REGIONS, Segment};

/// Why a file is no guest program.
#[derive(Debug, thiserror::Error)]
pub enum ElfError {
    /// Not even the magic number.
    #[error("not an ELF file: it starts with {start:02x?}")]
    NotElf {
        /// Its first bytes, at most four.
        start: Vec<u8>,
    },
    /// Header or program headers run past the end of the file or contradict themselves.
    #[error("malformed ELF: {part} cannot be read from this file of {file_bytes} bytes")]
    Malformed {
        /// What could not be read.
        part: &'static str,
        /// Length of the file.
        file_bytes: usize,
    },
    /// An ELF for something else.
    #[error("{field} of the ELF is {value:#x}, a guest has {expected} (build it with `cargo zkvm build`)")]
    Foreign {
        /// Header field.
        field: &'static str,
        /// What it holds.
        value: u64,
        /// What it must hold, in words.
        expected: &'static str,
    },
    /// Needs a dynamic linker.
    #[error("the ELF is dynamically linked; a guest is static: link with `-static` and without `-pie`")]
    Dynamic,
    /// A segment's file part lies outside the file, or is longer than the segment.
    #[error("segment at {address:#x}: its {file_size:#x} bytes at file offset {offset:#x} are not all in the file")]
    SegmentFile {
        /// Guest address.
        address: u64,
        /// Offset in the file.
        offset: u64,
        /// Bytes in the file.
        file_size: u64,
    },
    /// A segment where no program may be.
    #[error(
        "segment at {address:#x} of {memory_size:#x} bytes lies outside the program regions {:#x}..{:#x} and {:#x}..{:#x}",
        PROGRAM_LOW.start, PROGRAM_LOW.end, PROGRAM_HIGH.start, PROGRAM_HIGH.end
    )]
    SegmentAddress {
        /// Guest address.
        address: u64,
        /// Bytes in memory.
        memory_size: u64,
    },
    /// Two segments claim the same bytes.
    #[error("segments at {first:#x} and {second:#x} overlap")]
    SegmentsOverlap {
        /// Address of one.
        first: u64,
        /// Address of the other.
        second: u64,
    },
    /// Memory that could be written and executed.
    #[error("page {page:#x} would be both writable and executable; link text and data into separate pages")]
    WritableAndExecutable {
        /// Address of the page.
        page: u64,
    },
    /// Entry outside the text.
    #[error("entry {entry:#x} is not the address of an instruction in an executable segment")]
    Entry {
        /// The entry.
        entry: u64,
    },
}

pub(crate) fn load(elf: &[u8]) -> Result<Program, ElfError> {
    let header = parse_header(elf)?;
    let segments = load_segments(elf, &header)?;
    let mut permissions = Permissions::none();
    let own = segments.iter().map(|segment| (segment.region, segment.access));
    for (region, access) in own.chain(RUNTIME_REGIONS) {
        permissions.allow(region, access);
    }
    if let Some(page) = permissions.writable_and_executable() {
        return Err(ElfError::WritableAndExecutable { page });
    }
    let entry = header.e_entry;
    let inside = |segment: &Segment| segment.access.execute && segment.region.contains(entry, 4);
    if !entry.is_multiple_of(4) || !segments.iter().any(inside) {
        return Err(ElfError::Entry { entry });
    }
    let functions = load_functions(elf, &header);
    Ok(Program::new(entry, segments, functions, permissions, elf))
}

fn parse_header(elf: &[u8]) -> Result<Header, ElfError> {
    if !elf.starts_with(ELFMAG) {
        return Err(ElfError::NotElf { start: elf[..elf.len().min(4)].to_vec() });
    }
    let malformed = ElfError::Malformed { part: "the header", file_bytes: elf.len() };
    let ident = |index: usize| elf.get(index).copied().unwrap_or(0);
    let foreign = |field, value, expected| Err(ElfError::Foreign { field, value, expected });
    if ident(EI_CLASS) != ELFCLASS64 {
        return foreign("the class", ident(EI_CLASS).into(), "2 (64 bits)");
    }
    if ident(EI_DATA) != ELFDATA2LSB {
        return foreign("the byte order", ident(EI_DATA).into(), "1 (little-endian)");
    }
    let header = goblin::elf::Elf::parse_header(elf).map_err(|_| malformed)?;
    if header.e_machine != EM_RISCV {
        return foreign("the machine", header.e_machine.into(), "0xf3 (RISC-V)");
    }
    match header.e_type {
        ET_EXEC => Ok(header),
        ET_DYN => Err(ElfError::Dynamic),
        other => foreign("the type", other.into(), "2 (executable)"),
    }
}

fn context() -> Ctx {
    Ctx::new(Container::Big, Endian::Little)
}

fn load_segments(elf: &[u8], header: &Header) -> Result<Vec<Segment>, ElfError> {
    let malformed = || ElfError::Malformed { part: "the program headers", file_bytes: elf.len() };
    let table_bytes = u64::from(header.e_phnum) * 56;
    let table_end = header.e_phoff.checked_add(table_bytes).ok_or_else(malformed)?;
    if table_end > elf.len() as u64 || (header.e_phentsize != 56 && header.e_phnum > 0) {
        return Err(malformed());
    }
    let headers = ProgramHeader::parse(elf, header.e_phoff as usize, header.e_phnum.into(), context())
        .map_err(|_| malformed())?;
    if headers.iter().any(|header| header.p_type == PT_INTERP) {
        return Err(ElfError::Dynamic);
    }
    let mut segments = headers
        .iter()
        .filter(|header| header.p_type == PT_LOAD && header.p_memsz > 0)
        .map(|header| load_segment(elf, header))
        .collect::<Result<Vec<_>, _>>()?;
    segments.sort_by_key(|segment| segment.region.start);
    for pair in segments.windows(2) {
        if pair[0].region.end > pair[1].region.start {
            let (first, second) = (pair[0].region.start, pair[1].region.start);
            return Err(ElfError::SegmentsOverlap { first, second });
        }
    }
    Ok(segments)
}

fn load_segment(elf: &[u8], header: &ProgramHeader) -> Result<Segment, ElfError> {
    let (address, memory_size) = (header.p_vaddr, header.p_memsz);
    let (offset, file_size) = (header.p_offset, header.p_filesz);
    if !PROGRAM_LOW.contains(address, memory_size) && !PROGRAM_HIGH.contains(address, memory_size) {
        return Err(ElfError::SegmentAddress { address, memory_size });
    }
    let data = offset
        .checked_add(file_size)
        .filter(|&end| end <= elf.len() as u64 && file_size <= memory_size)
        .map(|end| elf[offset as usize..end as usize].to_vec())
        .ok_or(ElfError::SegmentFile { address, offset, file_size })?;
    let access = Access {
        // Executable memory can be read: compilers put constants there. So can writable memory, as on every processor.
        read: header.p_flags & (PF_R | PF_W | PF_X) != 0,
        write: header.p_flags & PF_W != 0,
        execute: header.p_flags & PF_X != 0,
    };
    Ok(Segment { region: Region { start: address, end: address + memory_size }, data, access })
}

/// Function symbols. They only serve reports and hints, so a broken table means none.
fn load_functions(elf: &[u8], header: &Header) -> Vec<Function> {
    let mut functions = read_functions(elf, header).unwrap_or_default();
    functions.sort_by(|a, b| (a.start, b.end, &a.name).cmp(&(b.start, a.end, &b.name)));
    functions.dedup_by_key(|function| function.start);
    functions
}

fn read_functions(elf: &[u8], header: &Header) -> Option<Vec<Function>> {
    let table_bytes = u64::from(header.e_shnum) * 64;
    if header.e_shentsize != 64 || header.e_shoff.checked_add(table_bytes)? > elf.len() as u64 {
        return None;
    }
    let sections =
        SectionHeader::parse(elf, usize::try_from(header.e_shoff).ok()?, header.e_shnum.into(), context()).ok()?;
    let table = sections.iter().find(|section| section.sh_type == SHT_SYMTAB)?;
    let strings = sections.get(table.sh_link as usize)?;
    let bytes_of = |section: &SectionHeader| {
        let end = section.sh_offset.checked_add(section.sh_size)?;
        elf.get(usize::try_from(section.sh_offset).ok()?..usize::try_from(end).ok()?)
    };
    let (table_bytes, string_bytes) = (bytes_of(table)?, bytes_of(strings)?);
    let symbols = Symtab::parse(table_bytes, 0, table_bytes.len() / 24, context()).ok()?;
    let function = |symbol: goblin::elf::sym::Sym| {
        let name = string_at(string_bytes, symbol.st_name)?.to_owned();
        let end = symbol.st_value.checked_add(symbol.st_size)?;
        (symbol.st_type() == STT_FUNC && !name.is_empty()).then_some(Function { start: symbol.st_value, end, name })
    };
    Some(symbols.iter().filter_map(function).collect())
}

/// The string that starts at `offset` of a string table and ends before the next zero byte.
pub(crate) fn string_at(table: &[u8], offset: usize) -> Option<&str> {
    let rest = table.get(offset..)?;
    let end = rest.iter().position(|&byte| byte == 0)?;
    std::str::from_utf8(&rest[..end]).ok()
}
