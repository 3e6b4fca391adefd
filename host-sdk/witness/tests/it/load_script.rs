//! `docs/load_witness.py` on a real witness, where Python has polars or pyarrow.

use std::path::Path;
use std::process::Command;

use zkvm_witness::{Compression, EmitOptions};

use crate::guest;

#[test]
fn the_documented_script_loads_every_table() {
    let has = |module: &str| {
        let import = Command::new("python3").args(["-c", &format!("import {module}")]).output();
        import.is_ok_and(|output| output.status.success())
    };
    if !has("polars") && !has("pyarrow") {
        assert!(std::env::var_os("CI").is_none(), "python3 has no polars: `tests/run` installs it");
        println!("skipped: python3 has neither polars nor pyarrow");
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/load_witness.py");
    for compression in [Compression::None, Compression::Zstd] {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("witness");
        let options = EmitOptions { compression, ..EmitOptions::default() };
        let summary = guest::emit(&guest::all_classes(), 100, &directory, &options).unwrap();
        let output = Command::new("python3").arg(&script).arg(&directory).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        for (table, rows, _) in summary.tables {
            assert!(text.contains(&format!("{}: {rows} rows", table.name())), "{text}");
        }
    }
}
