use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::Path;

use zkvm_machine::Outcome;
use zkvm_witness::manifest::Manifest;
use zkvm_witness::{
    CheckOptions, Class, Compression, EmitOptions, NotChecked, Table, batches, check, forecast, forecast_at_most,
};

use crate::guest;

fn table_files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    let named = entries.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()));
    named.filter(|(name, _)| name != "manifest.toml").collect()
}

pub fn manifest(directory: &Path) -> Manifest {
    toml::from_str(&std::fs::read_to_string(directory.join("manifest.toml")).unwrap()).unwrap()
}

#[test]
fn files_do_not_depend_on_chunk_size_or_threads() {
    let program = guest::all_classes();
    let home = tempfile::tempdir().unwrap();
    let mut first = None;
    for compression in [Compression::None, Compression::Zstd] {
        first = None;
        for (index, chunk_steps) in [1, 2, 3, 7, 100, 1 << 20].into_iter().enumerate() {
            let directory = home.path().join(format!("{compression:?}-{chunk_steps}"));
            let threads = NonZeroUsize::new(1 + index % 3 * 2);
            let options = EmitOptions { threads, compression, ..EmitOptions::default() };
            guest::emit(&program, chunk_steps, &directory, &options).unwrap();
            let files = table_files(&directory);
            assert_eq!(files.len(), Table::all().count() + 3);
            assert!(*first.get_or_insert(files.clone()) == files, "chunks of {chunk_steps}");
            let report = check(&directory, &CheckOptions::default()).unwrap();
            assert_eq!(report.not_checked, []);
            assert_eq!(report.outcome, Outcome::Halted { exit_code: 7 });
        }
    }
    assert!(first.is_some());
}

#[test]
fn every_class_has_rows() {
    let program = guest::all_classes();
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("witness");
    let summary = guest::emit(&program, 50, &directory, &EmitOptions::default()).unwrap();
    assert!(summary.tables.iter().all(|&(table, rows, _)| rows > 0 || panic!("{} is empty", table.name())));
    let rows = |table| summary.tables.iter().find(|&&(other, ..)| other == table).unwrap().1;
    assert_eq!(Class::ALL.into_iter().map(|class| rows(Table::Steps(class))).sum::<u64>(), summary.steps);
    let bytes: u64 = std::fs::read_dir(&directory).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum();
    assert_eq!(summary.bytes, bytes);
    for &(table, rows, _) in &summary.tables {
        let read: usize = batches(&directory, table).unwrap().map(|batch| batch.unwrap().num_rows()).sum();
        assert_eq!(read as u64, rows, "{}", table.name());
    }
    assert!(batches(home.path(), Table::Memory).is_err());
    assert!(summary.complete);
    assert_eq!(std::fs::read(directory.join("program.elf")).unwrap(), program.elf());
    let per_class: Vec<_> = Class::ALL.into_iter().map(|class| (class, rows(Table::Steps(class)))).collect();
    let table_bytes: u64 = summary.tables.iter().map(|&(_, _, bytes)| bytes).sum();
    assert!(table_bytes <= forecast(&per_class) && forecast(&per_class) <= forecast_at_most(summary.steps));
}

#[test]
fn rows_of_several_batches_pass_the_check() {
    let program = guest::long_loop(70_000);
    let home = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for chunk_steps in [10_007, 1 << 20] {
        let directory = home.path().join(chunk_steps.to_string());
        guest::emit(&program, chunk_steps, &directory, &EmitOptions::default()).unwrap();
        check(&directory, &CheckOptions::default()).unwrap();
        files.push(table_files(&directory));
    }
    assert!(files[0] == files[1]);
}

#[test]
fn the_witness_of_a_trap_ends_before_it() {
    let program = guest::trapping();
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("witness");
    let summary = guest::emit(&program, 2, &directory, &EmitOptions::default()).unwrap();
    assert_eq!(summary.steps, 3);
    assert!(matches!(summary.outcome, Outcome::Trapped { pc: 0x1_000c, .. }));
    let report = check(&directory, &CheckOptions::default()).unwrap();
    assert_eq!((report.outcome, report.not_checked), (summary.outcome, vec![]));
}

#[test]
fn a_program_that_traps_at_once_has_an_empty_witness() {
    let program = zkvm_machine::Program::from_elf(&crate::assembler::elf(&[0], &[0; 8])).unwrap();
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("witness");
    let summary = guest::emit(&program, 2, &directory, &EmitOptions::default()).unwrap();
    assert_eq!(summary.steps, 0);
    assert_eq!(check(&directory, &CheckOptions::default()).unwrap().not_checked, []);
}

#[test]
fn some_chunks_are_a_partial_witness() {
    let program = guest::all_classes();
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("witness");
    let options = EmitOptions { chunks: Some(2..4), ..EmitOptions::default() };
    let summary = guest::emit(&program, 30, &directory, &options).unwrap();
    assert!(!summary.complete);
    let manifest = manifest(&directory);
    assert_eq!((manifest.start.step, manifest.end.step), (60, 120));
    assert!(manifest.table(Table::Memory).is_none());
    let report = check(&directory, &CheckOptions::default()).unwrap();
    let expected = [
        NotChecked::Table(Table::Memory),
        NotChecked::Table(Table::MemoryBoundary),
        NotChecked::Start { step: 60 },
        NotChecked::End { step: 120 },
        NotChecked::Memory,
    ];
    assert_eq!(report.not_checked, expected);
}

#[test]
fn some_tables_are_a_partial_witness() {
    let program = guest::all_classes();
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("witness");
    let tables = BTreeSet::from([Table::Steps(Class::Load), Table::Memory, Table::MemoryBoundary, Table::Counts]);
    let options = EmitOptions { tables: Some(tables.clone()), ..EmitOptions::default() };
    let summary = guest::emit(&program, 30, &directory, &options).unwrap();
    assert_eq!(summary.tables.iter().map(|&(table, ..)| table).collect::<BTreeSet<_>>(), tables);
    let report = check(&directory, &CheckOptions::default()).unwrap();
    for expected in [NotChecked::Registers, NotChecked::Counts, NotChecked::Accesses] {
        assert!(report.not_checked.contains(&expected));
    }
}

#[test]
fn the_document_names_every_table_and_column() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/witness-format.md");
    let text = std::fs::read_to_string(document).unwrap();
    for table in Table::all() {
        assert!(text.contains(&format!("`{}`", table.name())), "{}", table.name());
        for column in table.columns() {
            let (name, kind) = (column.name, column.kind.name());
            assert!(text.contains(&format!("`{name}`")), "{name}");
            let documented = [format!("| `{name}` | {kind} |"), format!("`{name}` ({kind},")];
            assert!(documented.iter().any(|entry| text.contains(entry.as_str())), "{name} {kind}");
        }
    }
}
