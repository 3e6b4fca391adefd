//! Compiles `src/*.c` into objects that are linked into the program: with the compiler in `ZKVM_CC` and the flags in
//! `ZKVM_CFLAGS` for the zkVM, with `cc` for the machine at hand.
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The Rust profile's level of optimisation, natively and for the zkVM.
const FLAGS: [&str; 5] = ["-std=c11", "-O3", "-Wall", "-Wextra", "-ffunction-sections"];

fn main() {
    let variable = |name: &str| env::var(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rerun-if-env-changed=ZKVM_CC");
    println!("cargo:rerun-if-env-changed=ZKVM_CFLAGS");

    let (compiler, flags) = match variable("CARGO_CFG_TARGET_OS").as_str() {
        "zkvm" => (variable("ZKVM_CC"), variable("ZKVM_CFLAGS")),
        _ => ("cc".to_owned(), String::new()),
    };
    let package = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(variable("OUT_DIR"));
    let sources = fs::read_dir(package.join("src")).expect("the package has a src folder");
    let sources = sources.map(|entry| entry.expect("a readable folder").path());
    for source in sources.filter(|path| path.extension().is_some_and(|extension| extension == "c")) {
        let object = out.join(Path::new(source.file_stem().expect("it has an extension"))).with_extension("o");
        let status = Command::new(&compiler)
            .args(flags.split_whitespace())
            .args(FLAGS)
            .arg(format!("-I{}", package.join("../../../guest-std/include").display()))
            .args(["-c", "-o"])
            .args([&object, &source])
            .status()
            .unwrap_or_else(|error| panic!("{compiler}: {error}"));
        assert!(status.success(), "{compiler} could not compile {}", source.display());
        println!("cargo:rustc-link-arg={}", object.display());
    }
}
