//! One cell changed, its file's checksum corrected: the check must name the row.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int32Array, RecordBatch, UInt8Array, UInt32Array, UInt64Array};
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::FileWriter;
use zkvm_witness::manifest::Manifest;
use zkvm_witness::{CheckError, CheckOptions, EmitOptions, InconsistentRead, Table, check};

use crate::emitting::manifest;
use crate::guest;

fn read(path: &Path) -> RecordBatch {
    FileReader::try_new(File::open(path).unwrap(), None).unwrap().next().unwrap().unwrap()
}

/// `batch` with the lowest bit of one cell flipped.
fn flipped(batch: &RecordBatch, column: usize, row: usize) -> RecordBatch {
    let mut columns = batch.columns().to_vec();
    let array = columns[column].as_any();
    macro_rules! flip {
        ($($kind:ty),*) => {
            $(if let Some(array) = array.downcast_ref::<$kind>() {
                let mut values = array.values().to_vec();
                values[row] ^= 1;
                columns[column] = Arc::new(<$kind>::from(values)) as ArrayRef;
                return RecordBatch::try_new(batch.schema(), columns).unwrap();
            })*
        };
    }
    flip!(UInt8Array, UInt32Array, Int32Array, UInt64Array);
    panic!("column {column} is of another type");
}

fn write_manifest(directory: &Path, manifest: &Manifest) {
    std::fs::write(directory.join("manifest.toml"), toml::to_string(manifest).unwrap()).unwrap();
}

/// Writes `batch` as the file of `table` and puts its length, checksum and rows into the manifest.
fn replace(directory: &Path, original: &Manifest, table: Table, batch: &RecordBatch) {
    let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    let file = writer.into_inner().unwrap();
    let mut manifest = original.clone();
    let record = manifest.tables.iter_mut().find(|record| record.name == table.name()).unwrap();
    (record.rows, record.bytes) = (batch.num_rows() as u64, file.len() as u64);
    record.blake3 = blake3::hash(&file).to_string();
    std::fs::write(directory.join(table.file_name()), file).unwrap();
    write_manifest(directory, &manifest);
}

/// A right witness to tamper with: the folder that goes with the value, the witness in it, its manifest.
fn good_witness() -> (tempfile::TempDir, PathBuf, Manifest) {
    let program = guest::all_classes();
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("witness");
    guest::emit(&program, 100, &directory, &EmitOptions::default()).unwrap();
    let original = manifest(&directory);
    (home, directory, original)
}

fn error_of(directory: &Path) -> CheckError {
    check(directory, &CheckOptions::default()).expect_err("the witness is wrong")
}

#[test]
fn every_cell_of_every_column_counts() {
    let (_home, directory, original) = good_witness();
    for table in Table::all() {
        let path = directory.join(table.file_name());
        let (file, batch) = (std::fs::read(&path).unwrap(), read(&path));
        for (column, meaning) in table.columns().iter().enumerate() {
            for row in [0, batch.num_rows() / 2, batch.num_rows() - 1] {
                replace(&directory, &original, table, &flipped(&batch, column, row));
                let error = error_of(&directory);
                let named = match error {
                    CheckError::Cell { table: named, row, .. }
                    | CheckError::Class { table: named, row, .. }
                    | CheckError::Trap { table: named, row, .. }
                    | CheckError::MissingRow { table: named, row, .. } => (named, row),
                    error => panic!("{}, {}, row {row}: {error}", table.name(), meaning.name),
                };
                assert_eq!(named, (table, row as u64), "{}, {}: {error}", table.name(), meaning.name);
            }
        }
        std::fs::write(&path, file).unwrap();
    }
    write_manifest(&directory, &original);
    check(&directory, &CheckOptions::default()).unwrap();
}

#[test]
fn a_row_removed_or_doubled_is_named() {
    let (_home, directory, original) = good_witness();
    for table in Table::all() {
        let path = directory.join(table.file_name());
        let (file, batch) = (std::fs::read(&path).unwrap(), read(&path));
        let last = batch.num_rows() - 1;
        replace(&directory, &original, table, &batch.slice(0, last));
        let error = error_of(&directory);
        let expected = matches!(&error, CheckError::MissingRow { table: named, row, .. } if (*named, *row) == (table, last as u64));
        // Without its last row the memory table contradicts the boundary table first.
        let boundary = table == Table::Memory && matches!(error, CheckError::Cell { .. } | CheckError::ExtraRow { .. });
        assert!(expected || boundary, "{}: {error}", table.name());
        let schema = batch.schema();
        let doubled = concatenated(&schema, &batch, &batch.slice(last, 1));
        replace(&directory, &original, table, &doubled);
        let error = error_of(&directory);
        let row = match error {
            CheckError::Cell { row, .. } | CheckError::ExtraRow { row, .. } => row,
            error => panic!("{}: {error}", table.name()),
        };
        assert_eq!(row, last as u64 + 1, "{}", table.name());
        std::fs::write(&path, file).unwrap();
    }
}

fn concatenated(schema: &arrow_schema::SchemaRef, a: &RecordBatch, b: &RecordBatch) -> RecordBatch {
    let concat = |(a, b): (&ArrayRef, &ArrayRef)| -> ArrayRef {
        macro_rules! concat {
            ($($kind:ty),*) => {
                $(if let (Some(a), Some(b)) = (a.as_any().downcast_ref::<$kind>(), b.as_any().downcast_ref::<$kind>()) {
                    return Arc::new(<$kind>::from_iter_values(a.values().iter().chain(b.values().iter()).copied()));
                })*
            };
        }
        concat!(UInt8Array, UInt32Array, Int32Array, UInt64Array);
        panic!("another type");
    };
    let columns = a.columns().iter().zip(b.columns()).map(concat).collect();
    RecordBatch::try_new(Arc::clone(schema), columns).unwrap()
}

#[test]
fn every_field_of_the_manifest_counts() {
    let (_home, directory, original) = good_witness();
    let zero = || "0x0".to_owned();
    type Tamper = Box<dyn Fn(&mut Manifest)>;
    let tampers: Vec<(&str, Tamper)> = vec![
        ("format", Box::new(|m| m.format.push('x'))),
        ("format_version", Box::new(|m| m.format_version += 1)),
        ("program", Box::new(|m| m.program = "00".repeat(32))),
        ("steps more", Box::new(|m| m.steps += 1)),
        ("steps less", Box::new(|m| m.steps -= 1)),
        ("complete", Box::new(|m| m.complete = false)),
        ("compression", Box::new(|m| m.compression = "lzma".to_owned())),
        ("outcome", Box::new(|m| m.outcome = zkvm_witness::manifest::OutcomeRecord::Halted { exit_code: 8 })),
        ("start pc", Box::new(move |m| m.start.pc = zero())),
        ("start x", Box::new(|m| m.start.x[4] = "0x1".to_owned())),
        ("end x", Box::new(|m| m.end.x[4] = "0x1".to_owned())),
        ("end pc", Box::new(|m| m.end.pc = "0x1".to_owned())),
        (
            "end reservation",
            Box::new(|m| {
                (m.end.reservation_address, m.end.reservation_bytes) = (Some("0x8".to_owned()), Some(8));
            }),
        ),
        ("file bytes", Box::new(|m| m.files[1].bytes += 1)),
        ("file sum", Box::new(|m| m.files[2].blake3 = m.files[1].blake3.clone())),
        ("file list", Box::new(|m| drop(m.files.pop()))),
        ("table rows", Box::new(|m| m.tables[3].rows += 1)),
        ("table sum", Box::new(|m| m.tables[3].blake3 = m.tables[2].blake3.clone())),
        ("table name", Box::new(|m| m.tables[3].name.push('x'))),
        ("table columns", Box::new(|m| m.tables[3].columns[2].meaning.clear())),
        ("table missing", Box::new(|m| drop(m.tables.remove(3)))),
        ("chunk index", Box::new(|m| m.chunks[1].index += 1)),
        ("chunk first step", Box::new(|m| m.chunks[1].first_step += 1)),
        ("chunk steps", Box::new(|m| m.chunks[1].steps += 1)),
        ("chunk pc", Box::new(|m| m.chunks[1].pc = "0x4".to_owned())),
        ("chunk checkpoint", Box::new(|m| m.chunks[1].checkpoint = m.chunks[0].checkpoint.clone())),
        ("chunk rows", Box::new(|m| m.chunks[1].rows.swap(0, 1))),
        ("chunk missing", Box::new(|m| drop(m.chunks.pop()))),
    ];
    for (name, tamper) in tampers {
        let mut manifest = original.clone();
        tamper(&mut manifest);
        assert_ne!(manifest, original, "{name}");
        write_manifest(&directory, &manifest);
        assert!(check(&directory, &CheckOptions::default()).is_err(), "{name}");
    }
}

#[test]
fn the_files_beside_the_tables_count() {
    let (_home, directory, original) = good_witness();
    // The guest reads bytes 8 to 15 of the input region and leaves 8 bytes of output.
    for (index, byte) in [(0, 0x200), (1, 9), (2, 3)] {
        let mut manifest = original.clone();
        let path = directory.join(&manifest.files[index].name);
        let file = std::fs::read(&path).unwrap();
        let mut changed = file.clone();
        changed[byte] ^= 1;
        std::fs::write(&path, &changed).unwrap();
        write_manifest(&directory, &manifest);
        assert!(matches!(error_of(&directory), CheckError::Checksum { .. }));
        manifest.files[index].blake3 = blake3::hash(&changed).to_string();
        write_manifest(&directory, &manifest);
        let error = error_of(&directory);
        let right = match index {
            0 => matches!(error, CheckError::Manifest { field: "program" }),
            1 => matches!(error, CheckError::Memory(InconsistentRead { address: 0x2000_0008, .. })),
            _ => matches!(error, CheckError::PublicOutput { offset: 11, .. }),
        };
        assert!(right, "{error}");
        std::fs::write(&path, file).unwrap();
    }
}

#[test]
fn the_witness_of_another_program_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("witness");
    guest::emit(&guest::trapping(), 100, &directory, &EmitOptions::default()).unwrap();
    let program = Some(guest::all_classes().id());
    let failed = check(&directory, &CheckOptions { program, ..CheckOptions::default() });
    assert!(matches!(failed, Err(CheckError::Program { .. })));
}
