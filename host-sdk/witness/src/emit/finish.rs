//! What comes after the last chunk: the memory tables, the counts, the other files, the manifest.

use std::path::Path;
use std::sync::atomic::Ordering;

use zkvm_machine::{Class, Program};
use zkvm_trace::{RegisterCheckpoint, TraceEnd};

use crate::code::Code;
use crate::emit::collect::{Collector, failed_table};
use crate::emit::disk::{failed_write, memory_bytes, require};
use crate::emit::options::{EmitOptions, Progress, WitnessError, WitnessSummary};
use crate::emit::plan::Plan;
use crate::manifest::{
    ColumnRecord, FORMAT, FileRecord, INPUT_FILE, MANIFEST_FILE, Manifest, OUTPUT_FILE, PROGRAM_FILE, StateRecord,
    TableRecord,
};
use crate::memory::image::Image;
use crate::memory::output::FinalOutput;
use crate::memory::sorter::Sorter;
use crate::memory::stitch::Stitch;
use crate::table::memory::CountRows;
use crate::table::schema::{FORMAT_VERSION, Table};
use crate::table::writer::{Compression, TableWriter, Written};

/// Memory operations between two flushes, looks at the cancel flag and reports.
const PIECE: usize = 1 << 16;

/// All that is known when the run has ended.
pub(super) struct Finish<'f> {
    pub program: &'f Program,
    pub input: &'f [u8],
    pub directory: &'f Path,
    pub options: &'f EmitOptions<'f>,
    pub plan: &'f Plan,
    pub end: &'f TraceEnd,
}

impl Finish<'_> {
    /// Writes all files but the step tables, and finishes those.
    pub(super) fn write(
        &self,
        collector: Collector,
        code: &Code,
        counts: &[u64],
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<WitnessSummary, WitnessError> {
        let Collector { writers, sorter, chunks, start, end, .. } = collector;
        let mut tables = Vec::new();
        for (class, writer) in Class::ALL.into_iter().zip(writers) {
            if let Some(writer) = writer {
                tables.push(self.finish_table(Table::Steps(class), writer)?);
            }
        }
        if let Some(sorter) = sorter {
            tables.extend(self.write_memory(sorter, progress)?);
        }
        if self.plan.has(Table::Counts) {
            let mut writer = self.create(Table::Counts)?;
            let rows = CountRows::new(code.addresses(), counts);
            writer.append(&rows.columns()).map_err(|source| failed_table(self.directory, Table::Counts, source))?;
            tables.push(self.finish_table(Table::Counts, writer)?);
        }
        let files = vec![
            self.write_file(PROGRAM_FILE, self.program.elf())?,
            self.write_file(INPUT_FILE, self.input)?,
            self.write_file(OUTPUT_FILE, &self.end.public_output)?,
        ];
        let state =
            |checkpoint: Option<RegisterCheckpoint>| StateRecord::new(checkpoint.as_ref().unwrap_or(&self.end.end));
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            format_version: FORMAT_VERSION,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            program: self.program.id().to_string(),
            steps: self.end.end.step,
            complete: self.plan.complete,
            compression: compression_name(self.options.compression).to_owned(),
            outcome: (&self.end.outcome).into(),
            // Without a chunk the run has no step: it starts where it ends.
            start: state(start),
            end: state(end),
            files,
            tables: tables.iter().map(|(table, written)| table_record(*table, written)).collect(),
            chunks,
        };
        let text = toml::to_string(&manifest).expect("a manifest holds nothing TOML cannot express");
        let manifest_file = self.write_file(MANIFEST_FILE, text.as_bytes())?;
        let table_bytes: u64 = tables.iter().map(|(_, written)| written.bytes).sum();
        Ok(WitnessSummary {
            outcome: self.end.outcome,
            steps: self.end.end.step,
            bytes: table_bytes + manifest_file.bytes + manifest.files.iter().map(|file| file.bytes).sum::<u64>(),
            tables: tables.into_iter().map(|(table, written)| (table, written.rows, written.bytes)).collect(),
            complete: manifest.complete,
        })
    }

    fn write_memory(
        &self,
        sorter: Sorter,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Vec<(Table, Written)>, WitnessError> {
        let total = sorter.operations();
        require(self.directory, memory_bytes(total))?;
        let spill_failed = |error| failed_write(self.directory, error);
        let mut merge = sorter.finish().map_err(spill_failed)?;
        let image = Image::new(self.program, self.input);
        let mut stitch = Stitch::new(&image);
        let mut output = FinalOutput::new(&self.end.public_output);
        let optional = |table| self.plan.has(table).then(|| self.create(table)).transpose();
        let mut memory = optional(Table::Memory)?;
        let mut boundary = optional(Table::MemoryBoundary)?;
        let mut operations = 0;
        loop {
            if self.options.cancel.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
                return Err(WitnessError::Cancelled);
            }
            for operation in merge.by_ref().take(PIECE) {
                stitch.push(&operation.map_err(spill_failed)?)?;
            }
            let count = stitch.memory.len() as u64;
            if count == 0 {
                stitch.close();
            }
            self.flush(&mut stitch, &mut memory, &mut boundary, &mut output)?;
            operations += count;
            progress(Progress::Merged { operations, total });
            if count == 0 {
                break;
            }
        }
        if let Some((offset, memory, claimed)) = output.mismatch()
            && matches!(self.end.outcome, zkvm_machine::Outcome::Halted { .. })
        {
            return Err(WitnessError::PublicOutput { offset, memory, claimed });
        }
        let writers = [(Table::Memory, memory), (Table::MemoryBoundary, boundary)];
        writers.into_iter().filter_map(|(table, writer)| Some(self.finish_table(table, writer?))).collect()
    }

    fn flush(
        &self,
        stitch: &mut Stitch<'_>,
        memory: &mut Option<TableWriter>,
        boundary: &mut Option<TableWriter>,
        output: &mut FinalOutput<'_>,
    ) -> Result<(), WitnessError> {
        let failed = |table| move |source| failed_table(self.directory, table, source);
        if let Some(writer) = memory {
            writer.append(&stitch.memory.columns()).map_err(failed(Table::Memory))?;
        }
        let rows = &stitch.boundary;
        for (&address, &value) in rows.word_address.iter().zip(&rows.final_value) {
            output.word(address.into(), value);
        }
        if let Some(writer) = boundary {
            writer.append(&rows.columns()).map_err(failed(Table::MemoryBoundary))?;
        }
        stitch.memory.clear();
        stitch.boundary.clear();
        Ok(())
    }

    fn create(&self, table: Table) -> Result<TableWriter, WitnessError> {
        let created = TableWriter::create(self.directory, table, self.options.compression);
        created.map_err(|source| failed_table(self.directory, table, source))
    }

    fn finish_table(&self, table: Table, writer: TableWriter) -> Result<(Table, Written), WitnessError> {
        let written = writer.finish().map_err(|source| failed_table(self.directory, table, source))?;
        Ok((table, written))
    }

    fn write_file(&self, name: &str, contents: &[u8]) -> Result<FileRecord, WitnessError> {
        let path = self.directory.join(name);
        std::fs::write(&path, contents).map_err(|error| failed_write(&path, error))?;
        let blake3 = blake3::hash(contents).to_string();
        Ok(FileRecord { name: name.to_owned(), bytes: contents.len() as u64, blake3 })
    }
}

fn table_record(table: Table, written: &Written) -> TableRecord {
    TableRecord {
        name: table.name().to_owned(),
        file: table.file_name(),
        rows: written.rows,
        bytes: written.bytes,
        blake3: written.blake3.to_string(),
        columns: ColumnRecord::all_of(table),
    }
}

fn compression_name(compression: Compression) -> &'static str {
    match compression {
        Compression::None => "none",
        Compression::Zstd => "zstd",
    }
}
