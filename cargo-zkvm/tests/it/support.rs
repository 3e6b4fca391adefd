//! A folder to work in, small guests, and what the tool said.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use zkvm_abi::{INPUT, OUTPUT, system_call};
use zkvm_machine::{AluOp, Cond, Instruction, OpWidth, Reg, Signedness, Width};
use zkvm_test_support::{DATA, ElfBuilder, exit_with, load_constant};

/// A temporary folder with a cache of its own.
pub struct Folder(TempDir);

/// How a command ended.
pub struct Outcome {
    pub status: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Folder {
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.path(name), contents).unwrap();
        self.path(name)
    }

    /// Names of all files, sorted, the cache left out.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| name != "cache");
        names.sort();
        names
    }

    pub fn command(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = tool(self.0.path(), arguments);
        command.env("ZKVM_CACHE_DIR", self.path("cache"));
        command
    }

    /// Runs the tool.
    pub fn zkvm(&self, arguments: &[&str]) -> Outcome {
        outcome(&mut self.command(arguments))
    }
}

/// The binary under test, in `folder`.
pub fn tool(folder: &Path, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-zkvm"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command
}

pub fn outcome(command: &mut Command) -> Outcome {
    let output = command.output().unwrap();
    Outcome {
        status: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Outcome {
    #[track_caller]
    pub fn assert_status(&self, status: i32) -> &Outcome {
        assert_eq!(self.status, status, "standard error:\n{}", self.stderr);
        self
    }

    /// Exactly one line, an error that contains all of `parts`.
    #[track_caller]
    pub fn assert_error(&self, parts: &[&str]) {
        self.assert_status(1);
        assert_eq!(self.stderr.trim_end().lines().count(), 1, "{}", self.stderr);
        assert!(self.stderr.starts_with("error: "), "{}", self.stderr);
        for part in parts {
            assert!(self.stderr.contains(part), "`{part}` is not in: {}", self.stderr);
        }
        assert!(self.stdout.is_empty());
    }

    /// The last line is an error that contains all of `parts`.
    #[track_caller]
    pub fn assert_refused(&self, status: i32, parts: &[&str]) {
        self.assert_status(status);
        let last = self.stderr.trim_end().lines().last().unwrap_or_default();
        assert!(last.starts_with("error: "), "{}", self.stderr);
        for part in parts {
            assert!(last.contains(part), "`{part}` is not in: {}", self.stderr);
        }
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stderr))
    }
}

fn add(rd: Reg, rs1: Reg, imm: i32) -> Instruction {
    Instruction::AluImm { op: AluOp::Add, width: OpWidth::W64, rd, rs1, imm }
}

fn store(width: Width, rs1: Reg, rs2: Reg) -> Instruction {
    Instruction::Store { width, rs1, rs2, offset: 0 }
}

fn load(width: Width, rd: Reg, rs1: Reg) -> Instruction {
    // There is no `ldu`.
    let signedness = if width == Width::Double { Signedness::Signed } else { Signedness::Unsigned };
    Instruction::Load { width, signedness, rd, rs1, offset: 0 }
}

/// Ends with `code`.
pub fn exits(code: i32) -> Vec<u8> {
    ElfBuilder::new(&exit_with(code)).build()
}

/// Never ends.
pub fn loops() -> Vec<u8> {
    ElfBuilder::new(&[Instruction::Jal { rd: Reg::ZERO, offset: 0 }]).build()
}

/// Loads from address 8.
pub fn traps() -> Vec<u8> {
    let load = Instruction::Load {
        width: Width::Double,
        signedness: Signedness::Signed,
        rd: Reg::A0,
        rs1: Reg::ZERO,
        offset: 8,
    };
    ElfBuilder::new(&[load]).build()
}

/// Counts down from `times` and ends with 0: `2 * times` steps and some.
pub fn counts_down(times: u64) -> Vec<u8> {
    let mut text = load_constant(Reg::A0, times);
    text.push(add(Reg::A0, Reg::A0, -1));
    text.push(Instruction::Branch { cond: Cond::Ne, rs1: Reg::A0, rs2: Reg::ZERO, offset: -4 });
    text.extend(exit_with(0));
    ElfBuilder::new(&text).build()
}

/// Makes a system call that there is not.
pub fn calls_nothing() -> Vec<u8> {
    let mut text = load_constant(Reg::A7, 4711);
    text.push(Instruction::Ecall);
    ElfBuilder::new(&text).build()
}

fn print_call(bytes: usize) -> Vec<Instruction> {
    let mut text = load_constant(Reg::A0, 1);
    text.extend(load_constant(Reg::A1, DATA));
    text.extend(load_constant(Reg::A2, bytes as u64));
    text.extend(load_constant(Reg::A7, system_call::WRITE));
    text.push(Instruction::Ecall);
    text
}

/// Prints `line` and ends with 0.
pub fn prints(line: &[u8]) -> Vec<u8> {
    let mut text = print_call(line.len());
    text.extend(exit_with(0));
    ElfBuilder::new(&text).data(line.to_vec()).build()
}

/// Prints `line` for ever.
pub fn floods(line: &[u8]) -> Vec<u8> {
    let mut text = print_call(line.len());
    text.push(Instruction::Jal { rd: Reg::ZERO, offset: -4 * text.len() as i32 });
    ElfBuilder::new(&text).data(line.to_vec()).build()
}

/// Copies its input to the public output.
pub fn echoes() -> Vec<u8> {
    let (count, byte, from, to) = (Reg::A2, Reg::new(13), Reg::A0, Reg::A1);
    let mut text = load_constant(from, INPUT.start);
    text.extend(load_constant(to, OUTPUT.start));
    text.extend([
        load(Width::Double, count, from),
        store(Width::Double, to, count),
        add(from, from, 8),
        add(to, to, 8),
    ]);
    text.extend([
        Instruction::Branch { cond: Cond::Eq, rs1: count, rs2: Reg::ZERO, offset: 28 },
        load(Width::Byte, byte, from),
        store(Width::Byte, to, byte),
        add(from, from, 1),
        add(to, to, 1),
        add(count, count, -1),
        Instruction::Jal { rd: Reg::ZERO, offset: -24 },
    ]);
    text.extend(exit_with(0));
    ElfBuilder::new(&text).build()
}
