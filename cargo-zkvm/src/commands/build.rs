//! `cargo zkvm build`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use zkvm_sdk::{Program, Symbols};

use crate::exit::Exit;
use crate::guest::{self, BuildArgs};
use crate::numbers::{bytes, count};
use crate::print_json;
use crate::terminal::Terminal;

/// `unimp`: what compilers put where no execution can come, and what `rustc` aborts with.
const UNIMP: u32 = 0xc000_1073;

/// Functions named in a warning at most.
const NAMED: usize = 10;

const EXAMPLES: &str = "\
Examples:
  cargo zkvm build                     the guest in this directory, or all guests of the workspace
  cargo zkvm build -p fib -p sort      these packages
  cargo zkvm build --json              paths and sizes for scripts

The first build on a machine also builds `std` for the guest target, into a cache shared by all projects. In a workspace, \
guests are the packages with a table [package.metadata.zkvm]. The same source gives the same ELF in any folder.";

/// Compile guests to ELF files
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Package to build (repeat for more)
    #[arg(long = "package", short, value_name = "NAME")]
    packages: Vec<String>,
    #[command(flatten)]
    build: BuildArgs,
    /// Print the report as one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// The object of `--json`.
#[derive(Debug, Serialize)]
struct Report {
    guests: Vec<Built>,
}

#[derive(Debug, Serialize)]
struct Built {
    package: String,
    name: String,
    path: PathBuf,
    program: String,
    text_bytes: u64,
    foreign_words: Vec<ForeignWord>,
}

/// A word of a function that is no instruction of the target.
#[derive(Debug, Serialize)]
struct ForeignWord {
    pc: String,
    word: String,
    function: String,
}

pub fn build(args: &Args, terminal: &Terminal) -> anyhow::Result<Exit> {
    let mut guests = Vec::new();
    for elf in args.build.build(&args.packages, None, terminal)? {
        let program = guest::load(&elf.path)?;
        let foreign_words = foreign_words(&program);
        warn(terminal, &elf.name, &foreign_words);
        guests.push(Built {
            package: elf.package,
            name: elf.name,
            program: program.id().to_string(),
            text_bytes: program.text_bytes(),
            path: elf.path,
            foreign_words,
        });
    }
    if args.json {
        print_json(&Report { guests })?;
        return Ok(Exit::Success);
    }
    for guest in &guests {
        terminal.status("Built", &format!("{} ({} of text)", guest.name, bytes(guest.text_bytes)));
        crate::print(&format!("{}\n", guest.path.display()))?;
    }
    Ok(Exit::Success)
}

/// Words inside functions that the target lacks, other than `unimp` and padding.
fn foreign_words(program: &Program) -> Vec<ForeignWord> {
    let mut found = Vec::new();
    let mut symbols = None;
    for range in program.text() {
        let addresses = (range.start..).step_by(4).zip(&range.slots);
        for (pc, _) in addresses.filter(|(_, slot)| slot.is_none()) {
            let word = program.word(pc).unwrap_or(0);
            if word == 0 || word == UNIMP || program.function_at(pc).is_none() {
                continue;
            }
            let symbols = symbols.get_or_insert_with(|| Symbols::new(program));
            let function = symbols.locate(pc).pop().map(|frame| frame.function).unwrap_or_default();
            found.push(ForeignWord { pc: format!("{pc:#x}"), word: format!("{word:#010x}"), function });
        }
    }
    found
}

fn warn(terminal: &Terminal, name: &str, words: &[ForeignWord]) {
    if words.is_empty() {
        return;
    }
    let mut functions: BTreeMap<&str, Vec<&ForeignWord>> = BTreeMap::new();
    for word in words {
        functions.entry(&word.function).or_default().push(word);
    }
    let mut text = format!(
        "{name} holds {} that the guest machine (RV64IMA) lacks; executing one is a trap",
        count(words.len() as u64, "word")
    );
    for (function, words) in functions.iter().take(NAMED) {
        let first = words[0];
        text += &format!("\n  {function}: {} at {}", first.word, first.pc);
        if words.len() > 1 {
            text += &format!(" and {} more", words.len() - 1);
        }
    }
    if functions.len() > NAMED {
        text += &format!("\n  and {}", count((functions.len() - NAMED) as u64, "more function"));
    }
    terminal.warning(&text);
}
