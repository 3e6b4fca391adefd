//! Looks at everything building a guest needs, and says what is there and what would help.

use std::path::Path;
use std::{fmt, fs};

use crate::process::{find_in_path, output_of};
use crate::toolchain::lld_version;
use crate::{CCompiler, Toolchain, cache_dir, cargo};

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// As it should be.
    Good,
    /// Missing, but guests can be built.
    Optional,
    /// Guests cannot be built.
    Bad,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Good => "ok",
            Self::Optional => "missing",
            Self::Bad => "error",
        })
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What.
    pub name: &'static str,
    /// How it came out.
    pub status: Status,
    /// What was found, or what would help.
    pub detail: String,
}

/// Checks compiler, library source, linker, cache, and the optional C compiler and qemu.
pub fn doctor() -> Vec<Check> {
    let mut checks = match Toolchain::find() {
        Ok(toolchain) => of_toolchain(&toolchain),
        Err(error) => vec![Check { name: "compiler", status: Status::Bad, detail: error.to_string() }],
    };
    checks.push(of_cache());
    checks.push(match CCompiler::find() {
        Some(compiler) => good("C compiler", compiler.program.display().to_string()),
        None => optional("C compiler", "for C in guests: `apt-get install gcc-riscv64-unknown-elf`, or clang"),
    });
    checks.push(match find_in_path("qemu-riscv64") {
        Some(qemu) => good("qemu", first_line(&qemu).unwrap_or_default()),
        None => optional("qemu", "to run guests under Linux as well: `apt-get install qemu-user`"),
    });
    checks
}

fn of_toolchain(toolchain: &Toolchain) -> Vec<Check> {
    let compiler = format!("{} ({}, {:?})", toolchain.release, toolchain.rustc.display(), toolchain.origin);
    let linker = lld_version(&toolchain.linker)
        .map_or_else(|| "of unknown version".to_owned(), |version| format!("lld {version}"));
    let cargo = toolchain.cargo.display().to_string();
    vec![
        good("compiler", compiler),
        if cargo::works(toolchain) { good("cargo", cargo) } else { bad("cargo", format!("{cargo} does not run")) },
        good("library source", toolchain.library.display().to_string()),
        good("linker", format!("{linker} ({})", toolchain.linker.display())),
    ]
}

fn of_cache() -> Check {
    match cache_dir() {
        Err(error) => bad("cache", error.to_string()),
        Ok(folder) => match fs::create_dir_all(&folder).and_then(|()| tempfile::tempfile_in(&folder)) {
            Ok(_) => good("cache", folder.display().to_string()),
            Err(error) => bad("cache", format!("{} is not writable: {error}", folder.display())),
        },
    }
}

fn first_line(program: &Path) -> Option<String> {
    Some(output_of(program, &["--version"])?.lines().next()?.to_owned())
}

fn good(name: &'static str, detail: String) -> Check {
    Check { name, status: Status::Good, detail }
}

fn bad(name: &'static str, detail: String) -> Check {
    Check { name, status: Status::Bad, detail }
}

fn optional(name: &'static str, detail: &str) -> Check {
    Check { name, status: Status::Optional, detail: detail.to_owned() }
}
