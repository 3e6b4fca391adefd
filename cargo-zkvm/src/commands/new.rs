//! `cargo zkvm new`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ValueEnum;

use crate::exit::Exit;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  cargo zkvm new primes                     a guest with std, and a host program that runs it
  cargo zkvm new tiny --template no-std     a guest with core and alloc only
  cargo zkvm new legacy --template c        a guest in C

Needs no network. Then: cd NAME && cargo zkvm run";

/// Make a project that builds and runs as it is
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Folder to make; its last part is the package's name
    #[arg(value_name = "NAME")]
    path: PathBuf,
    /// What to start from
    #[arg(long, short, value_enum, default_value_t = Template::Std)]
    template: Template,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Template {
    /// A guest with std, and a host program that uses the SDK
    Std,
    /// A guest with core and alloc only
    NoStd,
    /// A guest in C
    C,
}

/// Path in the template and in the project, and contents.
type File = (&'static str, &'static str);

macro_rules! files {
    ($template:literal: $($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../templates/", $template, "/", $path, ".in")))),*]
    };
}

const STD: &[File] = files!("std":
    "Cargo.toml", "README.md", "gitignore", ".cargo/config.toml",
    "guest/Cargo.toml", "guest/src/main.rs",
    "host/Cargo.toml", "host/build.rs", "host/src/main.rs",
);
const NO_STD: &[File] = files!("no-std": "Cargo.toml", "README.md", "gitignore", "src/main.rs");
const C: &[File] = files!("c": "Cargo.toml", "README.md", "gitignore", "build.rs", "src/main.rs", "src/main.c");

impl Template {
    const fn files(self) -> &'static [File] {
        match self {
            Template::Std => STD,
            Template::NoStd => NO_STD,
            Template::C => C,
        }
    }

    /// What to try first.
    const fn first_run(self) -> &'static str {
        match self {
            Template::Std => "cargo run",
            Template::NoStd => "cargo zkvm run --input hex:030102",
            Template::C => "cargo zkvm run --input hex:010203",
        }
    }
}

pub fn new(args: &Args, terminal: &Terminal) -> anyhow::Result<Exit> {
    let path = &args.path;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    check_name(name)?;
    if path.symlink_metadata().is_ok() {
        bail!("{} exists already; choose another name, or remove it first", path.display());
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        bail!("cannot make {}: there is no directory {}", path.display(), folder.display());
    }
    let partial = tempfile::Builder::new()
        .prefix(".partial-")
        .tempdir_in(folder)
        .with_context(|| format!("cannot make {}", path.display()))?;
    let project = partial.path().join(name);
    for (file, contents) in args.template.files() {
        write(&project.join(file.replace("gitignore", ".gitignore")), &fill(contents, name))?;
    }
    fs::rename(&project, path).with_context(|| format!("cannot make {}", path.display()))?;
    terminal
        .status("Created", &format!("{}; now: cd {} && {}", path.display(), path.display(), args.template.first_run()));
    Ok(Exit::Success)
}

fn write(file: &Path, contents: &str) -> anyhow::Result<()> {
    let failed = || format!("cannot write {}", file.display());
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(failed)?;
    }
    fs::write(file, contents).with_context(failed)
}

fn fill(contents: &str, name: &str) -> String {
    contents
        .replace("@NAME@", name)
        .replace("@VARIABLE@", &name.to_uppercase().replace('-', "_"))
        .replace("@GUEST_STD@", &dependency("guest-std", ""))
        .replace("@GUEST_BUILD@", &dependency("host-sdk/guest-build", ""))
        .replace("@SDK@", &dependency("host-sdk", r#", default-features = false, features = ["prove"]"#))
}

/// The requirement of one of our crates: with a path as long as there is a checkout to take it from.
fn dependency(folder: &str, more: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let checkout = std::env::var_os("ZKVM_SDK_PATH")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), PathBuf::from)
        .join(folder);
    match checkout.canonicalize() {
        Ok(path) if path.join("Cargo.toml").is_file() => {
            // A TOML string in double quotes has the escapes of a Rust one, for the characters that paths have.
            format!("{{ version = \"{version}\", path = {:?}{more} }}", path.to_string_lossy())
        }
        _ => format!("{{ version = \"{version}\"{more} }}"),
    }
}

/// Cargo's rules for package names, and what would not work as a crate's name or file.
fn check_name(name: &str) -> anyhow::Result<()> {
    const KEYWORDS: [&str; 53] = [
        "abstract",
        "alloc",
        "as",
        "async",
        "await",
        "become",
        "box",
        "break",
        "const",
        "continue",
        "core",
        "crate",
        "do",
        "dyn",
        "else",
        "enum",
        "extern",
        "false",
        "final",
        "fn",
        "for",
        "gen",
        "if",
        "impl",
        "in",
        "let",
        "loop",
        "macro",
        "match",
        "mod",
        "move",
        "mut",
        "override",
        "priv",
        "proc-macro",
        "pub",
        "ref",
        "return",
        "self",
        "static",
        "std",
        "struct",
        "super",
        "test",
        "trait",
        "true",
        "try",
        "type",
        "unsafe",
        "use",
        "where",
        "while",
        "yield",
    ];
    if name.is_empty() {
        bail!("the name of the new project is missing");
    }
    if let Some(wrong) = name.chars().find(|&letter| !letter.is_ascii_alphanumeric() && !matches!(letter, '-' | '_')) {
        bail!("`{name}` cannot be a package's name: `{wrong}` is neither letter, digit, `-` nor `_`");
    }
    if !name.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        bail!("`{name}` cannot be a package's name: it must start with a letter");
    }
    if KEYWORDS.contains(&name) || ["build", "deps", "examples", "incremental"].contains(&name) {
        bail!("`{name}` cannot be a package's name: Rust or cargo use it themselves");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_cargos_rules() {
        for name in ["hello", "a1", "my-guest", "my_guest"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "1a", "-a", "fn", "a b", "a.b", "ä", "std", "deps", "_"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn every_word_of_every_template_is_replaced() {
        for template in Template::value_variants() {
            for (file, contents) in template.files() {
                assert!(!fill(contents, "name").contains('@'), "{file}");
            }
        }
    }
}
