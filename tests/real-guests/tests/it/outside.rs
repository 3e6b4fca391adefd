//! The program outside our machine: natively, and the guest's ELF by qemu's user mode, which shares no line with us.

use std::path::Path;
use std::process::{Command, Stdio};

/// What an ordinary process did.
pub struct Ended {
    pub success: bool,
    pub output: Vec<u8>,
}

/// The same source, built for this machine.
pub fn natively(program: &Path, input: &[u8]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let (input_file, output_file) = (folder.path().join("input"), folder.path().join("output"));
    std::fs::write(&input_file, input).unwrap();
    let mut command = Command::new(program);
    command.env("ZKVM_INPUT", &input_file).env("ZKVM_OUTPUT", &output_file);
    let ended = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    Ended { success: ended.success(), output: std::fs::read(&output_file).unwrap_or_default() }
}

/// The guest as a static Linux program: it reads its input from standard input and leaves its output in file 3.
pub fn by_qemu(elf: &Path, input: &[u8]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let (input_file, output_file) = (folder.path().join("input"), folder.path().join("output"));
    std::fs::write(&input_file, input).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec qemu-riscv64 \"$1\" <\"$2\" 3>\"$3\"", "sh"]).arg(elf).arg(&input_file).arg(&output_file);
    let ended = shell.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert_ne!(ended.code(), Some(127), "qemu-riscv64 is missing: `tests/run` installs it (Debian: qemu-user)");
    Ended { success: ended.success(), output: std::fs::read(&output_file).unwrap_or_default() }
}
