//! A compiler for C in guests. Optional: only packages whose build scripts compile C need one.

use std::path::{Path, PathBuf};

use crate::process::{find_in_path, output_of, path_variable};
use crate::sysroot::Target;

/// RV64IMA as Rust compiles it: medium code model, misaligned accesses allowed. Freestanding: there is no libc, the
/// runtime has `memcpy` and its kin. Line tables and `.debug_frame`, so that the host can symbolise and unwind.
const FLAGS: &[&str] = &[
    "-mabi=lp64",
    "-mcmodel=medany",
    "-ffreestanding",
    "-fno-pic",
    "-fno-stack-protector",
    "-fno-asynchronous-unwind-tables",
    "-fno-unwind-tables",
    "-ffunction-sections",
    "-fdata-sections",
    "-fomit-frame-pointer",
    "-g1",
];

/// The crate `cc` adds a level of its own, from the profile.
const OPTIMISATION: &str = "-O2";

/// A C compiler for guests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CCompiler {
    /// The program.
    pub program: PathBuf,
    /// What makes it compile for guests.
    pub flags: Vec<String>,
    /// The program that makes static libraries.
    pub archiver: Option<PathBuf>,
}

impl CCompiler {
    /// `ZKVM_CC`, else `riscv64-unknown-elf-gcc`, else a `clang` that knows RISC-V.
    pub fn find() -> Option<Self> {
        if let Some(program) = path_variable("ZKVM_CC") {
            return Some(Self::new(program));
        }
        if let Some(program) = find_in_path("riscv64-unknown-elf-gcc") {
            return Some(Self::new(program));
        }
        let clang = find_in_path("clang")?;
        output_of(&clang, &["--print-targets"])?.contains("riscv64").then(|| Self::new(clang))
    }

    fn new(program: PathBuf) -> Self {
        let is_clang = program.file_name().is_some_and(|name| name.to_string_lossy().contains("clang"));
        let own: &[&str] = if is_clang {
            &["--target=riscv64-unknown-elf", "-march=rv64ima", "-munaligned-access"]
        } else {
            &["-march=rv64ima", "-mno-strict-align"]
        };
        let archiver = path_variable("ZKVM_AR").or_else(|| {
            let names: &[&str] = if is_clang { &["llvm-ar"] } else { &["riscv64-unknown-elf-ar"] };
            names.iter().find_map(|name| find_in_path(name))
        });
        Self { program, flags: own.iter().chain(FLAGS).map(|flag| (*flag).to_owned()).collect(), archiver }
    }

    /// What build scripts of guests find in their environment: `ZKVM_CC`, `ZKVM_CFLAGS`, `ZKVM_AR`, and the same by the
    /// names that the crate `cc` looks for.
    pub(crate) fn variables(&self, target: &Target, workspace: &Path) -> Vec<(&'static str, String)> {
        let mut flags = self.flags.clone();
        flags.push(format!("-ffile-prefix-map={}=/workspace", workspace.display()));
        flags.push(format!("-I{}", target.include.display()));
        // After the compiler's own headers: if it has a libc, that is used.
        flags.push(format!("-idirafter{}/libc", target.include.display()));
        let flags = flags.join(" ");
        let program = self.program.to_string_lossy().into_owned();
        let mut variables = vec![
            ("ZKVM_CC", program.clone()),
            ("ZKVM_CFLAGS", format!("{flags} {OPTIMISATION}")),
            ("CC_riscv64ima_zk_zkvm_elf", program),
            ("CFLAGS_riscv64ima_zk_zkvm_elf", flags),
        ];
        if let Some(archiver) = &self.archiver {
            let archiver = archiver.to_string_lossy().into_owned();
            variables.extend([("ZKVM_AR", archiver.clone()), ("AR_riscv64ima_zk_zkvm_elf", archiver)]);
        }
        variables
    }
}
