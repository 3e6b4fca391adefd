//! The trace file (normative: `docs/trace-format.md`). Every record starts at a multiple of 8 and ends in a Blake3
//! checksum, so a mapped file can be read in place and every damaged byte is found.

use std::io::Write;

use zkvm_machine::{MachineState, Outcome, ProgramId, Reservation, Trap, Width};

use crate::chunk::{Chunk, MemoryReadLog, RegisterCheckpoint};

const MAGIC: &[u8; 8] = b"ZKVMTRCE";
const VERSION: u64 = 1;
const TAG_CHUNK: &[u8; 8] = b"CHUNK   ";
const TAG_END: &[u8; 8] = b"END     ";
const CHECKSUM_BYTES: usize = 32;

/// How a trace ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceEnd {
    /// The state after the last step (for a trap: before the instruction that could not be executed).
    pub end: RegisterCheckpoint,
    /// How the guest ended.
    pub outcome: Outcome,
    /// What it left in its output region; empty after a trap.
    pub public_output: Vec<u8>,
}

/// Why a trace file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The magic number is missing.
    #[error("not a minimal trace: it starts with {start:02x?}")]
    NotATrace {
        /// First bytes of the file.
        start: Vec<u8>,
    },
    /// Written by another version of the format.
    #[error("trace format version {version}, this build reads version {VERSION}")]
    Version {
        /// What the file says.
        version: u64,
    },
    /// The file ends before its end record.
    #[error("the trace is cut off at byte {offset}: {bytes} more bytes are announced")]
    Truncated {
        /// Where the missing part starts.
        offset: u64,
        /// How many bytes should follow.
        bytes: u64,
    },
    /// A record's checksum does not match its bytes.
    #[error("the record at byte {offset} of the trace is damaged: its checksum does not match")]
    Damaged {
        /// Where the record starts.
        offset: u64,
    },
    /// A field holds what no writer writes.
    #[error("byte {offset} of the trace: {field} is {value:#x}")]
    Field {
        /// Where.
        offset: u64,
        /// Which field.
        field: &'static str,
        /// Its value.
        value: u64,
    },
}

/// Writes a trace record by record.
pub struct TraceWriter<W> {
    out: W,
    chunks: u64,
}

impl<W: Write> TraceWriter<W> {
    /// Starts a trace of `program`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(mut out: W, program: ProgramId) -> std::io::Result<TraceWriter<W>> {
        let mut record = Vec::new();
        record.extend(MAGIC);
        push(&mut record, VERSION);
        record.extend(program.0);
        write_record(&mut out, record)?;
        Ok(TraceWriter { out, chunks: 0 })
    }

    /// Appends the next chunk.
    ///
    /// # Errors
    /// Those of the underlying writer.
    pub fn chunk(&mut self, chunk: &Chunk) -> std::io::Result<()> {
        let mut record = Vec::with_capacity(chunk.log.bytes().len() + 512);
        record.extend(TAG_CHUNK);
        push(&mut record, chunk.index);
        push(&mut record, chunk.steps);
        push_checkpoint(&mut record, &chunk.start);
        push_bytes(&mut record, chunk.log.bytes());
        self.chunks += 1;
        write_record(&mut self.out, record)
    }

    /// Ends the trace and returns the writer.
    ///
    /// # Errors
    /// Those of the underlying writer.
    pub fn finish(mut self, end: &TraceEnd) -> std::io::Result<W> {
        let mut record = Vec::new();
        record.extend(TAG_END);
        push(&mut record, self.chunks);
        push_checkpoint(&mut record, &end.end);
        push_outcome(&mut record, &end.outcome);
        push_bytes(&mut record, &end.public_output);
        write_record(&mut self.out, record)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

fn write_record(out: &mut impl Write, record: Vec<u8>) -> std::io::Result<()> {
    out.write_all(&record)?;
    out.write_all(blake3::hash(&record).as_bytes())
}

fn push(record: &mut Vec<u8>, value: u64) {
    record.extend(value.to_le_bytes());
}

fn push_bytes(record: &mut Vec<u8>, bytes: &[u8]) {
    push(record, bytes.len() as u64);
    record.extend(bytes);
    record.resize(record.len().next_multiple_of(8), 0);
}

fn push_checkpoint(record: &mut Vec<u8>, RegisterCheckpoint { step, state }: &RegisterCheckpoint) {
    push(record, *step);
    push(record, state.pc);
    state.x[1..].iter().for_each(|&value| push(record, value));
    let (address, bytes) = state.reservation.map_or((0, 0), |held| (held.address, held.width.bytes()));
    push(record, address);
    push(record, bytes);
}

fn push_outcome(record: &mut Vec<u8>, outcome: &Outcome) {
    let fields = match *outcome {
        Outcome::Halted { exit_code } => [0, 0, u64::from(exit_code), 0],
        Outcome::Trapped { pc, trap } => {
            let (kind, a, b) = match trap {
                Trap::IllegalInstruction { word } => (1, u64::from(word), 0),
                Trap::FetchFault { address } => (2, address, 0),
                Trap::MisalignedJump { target } => (3, target, 0),
                Trap::LoadFault { address, width } => (4, address, width.bytes()),
                Trap::StoreFault { address, width } => (5, address, width.bytes()),
                Trap::MisalignedAtomic { address, width } => (6, address, width.bytes()),
                Trap::Breakpoint => (7, 0, 0),
                Trap::UnknownSystemCall { number } => (8, number, 0),
            };
            [kind, pc, a, b]
        }
    };
    fields.into_iter().for_each(|field| push(record, field));
}

/// A chunk inside a trace file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkView<'t> {
    /// Number of the chunk, from 0.
    pub index: u64,
    /// The state before its first step.
    pub start: RegisterCheckpoint,
    /// How many steps it holds.
    pub steps: u64,
    /// Its read log, in place.
    pub log: &'t [u8],
}

impl ChunkView<'_> {
    /// A chunk with a copy of the log.
    pub fn to_chunk(&self) -> Chunk {
        let log = MemoryReadLog::from_bytes(self.log.to_vec());
        Chunk { index: self.index, start: self.start.clone(), steps: self.steps, log }
    }
}

/// A whole trace in memory or mapped, all records checked.
#[derive(Clone, Debug)]
pub struct TraceReader<'t> {
    program: ProgramId,
    chunks: Vec<ChunkView<'t>>,
    end: TraceEnd,
}

impl<'t> TraceReader<'t> {
    /// Checks all of `file`: structure, checksums, order of chunks.
    ///
    /// # Errors
    /// [`TraceError`] says what is wrong and at which byte.
    pub fn new(file: &'t [u8]) -> Result<TraceReader<'t>, TraceError> {
        if !file.starts_with(MAGIC) {
            return Err(TraceError::NotATrace { start: file[..file.len().min(8)].to_vec() });
        }
        let mut cursor = Cursor { file, offset: MAGIC.len(), record: 0 };
        let version = cursor.word()?;
        if version != VERSION {
            return Err(TraceError::Version { version });
        }
        let program = ProgramId(cursor.take(32)?.try_into().expect("take returns what was asked for"));
        cursor.checksum()?;
        let mut chunks: Vec<ChunkView<'t>> = Vec::new();
        let mut step = 0;
        loop {
            let tag = cursor.take(8)?;
            if tag == TAG_END {
                break;
            }
            if tag != TAG_CHUNK {
                return Err(cursor.bad("record tag", u64::from_le_bytes(tag.try_into().expect("8 bytes"))));
            }
            let chunk = cursor.chunk(chunks.len() as u64, step)?;
            step += chunk.steps;
            chunks.push(chunk);
        }
        let count = cursor.word()?;
        if count != chunks.len() as u64 {
            return Err(cursor.bad("number of chunks", count));
        }
        let checkpoint = cursor.checkpoint()?;
        if checkpoint.step != step {
            return Err(cursor.bad("step of the end", checkpoint.step));
        }
        let outcome = cursor.outcome()?;
        let public_output = cursor.bytes()?.to_vec();
        cursor.checksum()?;
        match file.len() - cursor.offset {
            0 => Ok(TraceReader { program, chunks, end: TraceEnd { end: checkpoint, outcome, public_output } }),
            extra => Err(cursor.bad("number of bytes after the end", extra as u64)),
        }
    }

    /// The program it is a trace of.
    pub fn program(&self) -> ProgramId {
        self.program
    }

    /// The chunks, in order and without gaps.
    pub fn chunks(&self) -> &[ChunkView<'t>] {
        &self.chunks
    }

    /// How it ended.
    pub fn end(&self) -> &TraceEnd {
        &self.end
    }
}

struct Cursor<'t> {
    file: &'t [u8],
    offset: usize,
    /// Where the current record starts.
    record: usize,
}

impl<'t> Cursor<'t> {
    fn take(&mut self, bytes: u64) -> Result<&'t [u8], TraceError> {
        let rest = &self.file[self.offset..];
        if bytes > rest.len() as u64 {
            return Err(TraceError::Truncated { offset: self.offset as u64, bytes });
        }
        self.offset += bytes as usize;
        Ok(&rest[..bytes as usize])
    }

    fn word(&mut self) -> Result<u64, TraceError> {
        Ok(u64::from_le_bytes(self.take(8)?.try_into().expect("take returns what was asked for")))
    }

    /// An error about the word just read.
    fn bad(&self, field: &'static str, value: u64) -> TraceError {
        TraceError::Field { offset: self.offset as u64 - 8, field, value }
    }

    fn bytes(&mut self) -> Result<&'t [u8], TraceError> {
        let length = self.word()?;
        let bytes = self.take(length)?;
        let padding = self.take(length.wrapping_neg() % 8)?;
        if padding.iter().any(|&byte| byte != 0) { Err(self.bad("padding", 1)) } else { Ok(bytes) }
    }

    fn checksum(&mut self) -> Result<(), TraceError> {
        let computed = blake3::hash(&self.file[self.record..self.offset]);
        let damaged = TraceError::Damaged { offset: self.record as u64 };
        if self.take(CHECKSUM_BYTES as u64)? != computed.as_bytes() {
            return Err(damaged);
        }
        self.record = self.offset;
        Ok(())
    }

    fn chunk(&mut self, expected_index: u64, expected_step: u64) -> Result<ChunkView<'t>, TraceError> {
        let index = self.word()?;
        if index != expected_index {
            return Err(self.bad("chunk index", index));
        }
        let steps = self.word()?;
        if steps == 0 || expected_step.checked_add(steps).is_none() {
            return Err(self.bad("number of steps", steps));
        }
        let start = self.checkpoint()?;
        if start.step != expected_step {
            return Err(self.bad("first step", start.step));
        }
        let log = self.bytes()?;
        self.checksum()?;
        Ok(ChunkView { index, start, steps, log })
    }

    fn checkpoint(&mut self) -> Result<RegisterCheckpoint, TraceError> {
        let (step, pc) = (self.word()?, self.word()?);
        let mut x = [0; 32];
        for value in &mut x[1..] {
            *value = self.word()?;
        }
        let (address, bytes) = (self.word()?, self.word()?);
        let reservation = match bytes {
            0 => None,
            4 | 8 => Some(Reservation { address, width: self.width(bytes)? }),
            _ => return Err(self.bad("reservation width", bytes)),
        };
        Ok(RegisterCheckpoint { step, state: MachineState { pc, x, reservation } })
    }

    fn width(&self, bytes: u64) -> Result<Width, TraceError> {
        Width::ALL.into_iter().find(|width| width.bytes() == bytes).ok_or_else(|| self.bad("width", bytes))
    }

    fn outcome(&mut self) -> Result<Outcome, TraceError> {
        let (kind, pc, a, b) = (self.word()?, self.word()?, self.word()?, self.word()?);
        let narrow = |value: u64| u32::try_from(value).map_err(|_| self.bad("outcome field", value));
        let trap = match kind {
            0 => return Ok(Outcome::Halted { exit_code: narrow(a)? }),
            1 => Trap::IllegalInstruction { word: narrow(a)? },
            2 => Trap::FetchFault { address: a },
            3 => Trap::MisalignedJump { target: a },
            4 => Trap::LoadFault { address: a, width: self.width(b)? },
            5 => Trap::StoreFault { address: a, width: self.width(b)? },
            6 => Trap::MisalignedAtomic { address: a, width: self.width(b)? },
            7 => Trap::Breakpoint,
            8 => Trap::UnknownSystemCall { number: a },
            _ => return Err(self.bad("outcome kind", kind)),
        };
        Ok(Outcome::Trapped { pc, trap })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let program = ProgramId([7; 32]);
        let mut state = MachineState::at_entry(0x1_0000);
        let start = RegisterCheckpoint { step: 0, state: state.clone() };
        let chunk = Chunk { index: 0, start, steps: 5, log: MemoryReadLog::from_bytes(vec![1, 2, 3]) };
        state.reservation = Some(Reservation { address: 0x4000_0000, width: Width::Word });
        let outcome = Outcome::Trapped { pc: 0x1_0014, trap: Trap::LoadFault { address: 9, width: Width::Double } };
        let end = TraceEnd { end: RegisterCheckpoint { step: 5, state }, outcome, public_output: vec![9] };
        let mut writer = TraceWriter::new(Vec::new(), program).unwrap();
        writer.chunk(&chunk).unwrap();
        writer.finish(&end).unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        let file = sample();
        let trace = TraceReader::new(&file).unwrap();
        assert_eq!(trace.program(), ProgramId([7; 32]));
        assert_eq!(trace.chunks().len(), 1);
        assert_eq!(trace.chunks()[0].log, [1, 2, 3]);
        assert_eq!(trace.end().end.state.reservation.unwrap().width, Width::Word);
        let mut writer = TraceWriter::new(Vec::new(), trace.program()).unwrap();
        trace.chunks().iter().for_each(|chunk| writer.chunk(&chunk.to_chunk()).unwrap());
        assert_eq!(writer.finish(trace.end()).unwrap(), file);
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let file = sample();
        for bit in 0..file.len() * 8 {
            let mut damaged = file.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(TraceReader::new(&damaged).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn every_truncation_and_every_extra_byte_is_found() {
        let mut file = sample();
        for length in 0..file.len() {
            assert!(TraceReader::new(&file[..length]).is_err(), "{length} bytes");
        }
        file.push(0);
        assert!(matches!(TraceReader::new(&file), Err(TraceError::Field { .. })));
    }
}
