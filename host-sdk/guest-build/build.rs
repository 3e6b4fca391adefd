//! Lists the files that guests are built with, so that the library carries them: target spec, runtime, C header.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Folders and files of the repository, unpacked under the same names.
const EMBEDDED: [&str; 7] = [
    "abi/Cargo.toml",
    "abi/src",
    "guest-std/include",
    "guest-std/rt/Cargo.toml",
    "guest-std/rt/Cargo.lock",
    "guest-std/rt/src",
    "target-specs",
];

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let mut files = Vec::new();
    for name in EMBEDDED {
        println!("cargo:rerun-if-changed={}", root.join(name).display());
        collect(&root.join(name), &mut files)?;
    }
    files.retain(|file| file.extension().is_none_or(|extension| extension != "md"));
    files.sort();
    let mut code = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(&root).expect("collected below the root");
        writeln!(code, "    ({name:?}, include_bytes!({file:?})),").expect("strings take everything");
    }
    code.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("embedded.rs"), code)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}
