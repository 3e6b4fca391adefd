//! `cargo zkvm inspect`: what a file says it is. Nothing is verified.

mod artefacts;

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::exit::Exit;
use crate::{print, print_json};

const EXAMPLES: &str = "\
Examples:
  cargo zkvm inspect run.proof    segments, their tables and heights, exit code, size of the output
  cargo zkvm inspect guest.key    its hash, the size of the program
  cargo zkvm inspect w            a witness, a trace, an ELF file, a Rom, the kept segments of an interrupted proof

What is printed is what the file says, which may be anything: `verify` and `check` tell whether it is right.";

/// Say what a file is: a proof, a key, a Rom, a trace, an ELF file, or a witness
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// File, or folder of a witness
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print the report as one JSON object on standard output
    #[arg(long)]
    json: bool,
}

pub fn inspect(args: &Args) -> anyhow::Result<Exit> {
    let report = artefacts::inspect(&args.file)?;
    if args.json {
        print_json(&report)?;
    } else {
        print(&text(&report))?;
    }
    Ok(Exit::Success)
}

/// A line per field, a line per entry of a list.
fn text(report: &Map<String, Value>) -> String {
    let mut text = String::new();
    for (name, value) in report {
        let name = name.replace('_', " ");
        match value {
            Value::Array(entries) => {
                for entry in entries {
                    let _ = writeln!(text, "  {name:<14} {}", plain(entry));
                }
            }
            value => {
                let _ = writeln!(text, "  {name:<14} {}", plain(value));
            }
        }
    }
    text
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "unknown".to_owned(),
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{} {}", name.replace('_', " "), plain(value)));
            fields.collect::<Vec<_>>().join(", ")
        }
        Value::Array(entries) => entries.iter().map(plain).collect::<Vec<_>>().join(", "),
        value => value.to_string(),
    }
}
