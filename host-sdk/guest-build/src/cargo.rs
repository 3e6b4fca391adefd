//! A cargo command with a clean environment: neither an outer cargo (we may run in a build script) nor settings meant
//! for the host may reach guest builds.

use std::env;
use std::path::{Path, PathBuf};

use crate::process::{Command, output_of, path_variable};
use crate::toolchain::Toolchain;

/// Lets cargo take a target spec from a file.
pub(crate) const TARGET_SPEC_OPTION: &str = "-Zjson-target-spec";

/// Variables that an outer cargo sets, or by which a user changes how the *host* is built.
const REMOVED: [&str; 24] = [
    "CARGO",
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_BUILD_BUILD_DIR",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "DEBUG",
    "HOST",
    "NUM_JOBS",
    "OPT_LEVEL",
    "OUT_DIR",
    "PROFILE",
    "RUSTC",
    "RUSTC_LINKER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOC",
    "RUSTFLAGS",
    "TARGET",
    "__CARGO_DEFAULT_LIB_METADATA",
];

/// Beginnings of the names of more such variables.
const REMOVED_PREFIXES: [&str; 7] =
    ["CARGO_BIN_", "CARGO_CFG_", "CARGO_CRATE_", "CARGO_FEATURE_", "CARGO_MANIFEST_", "CARGO_PKG_", "DEP_"];

/// `cargo` of the toolchain. Unstable options are allowed: a target spec in a file is one.
pub(crate) fn command(toolchain: &Toolchain) -> Command {
    let mut command = Command::new(&toolchain.cargo);
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if REMOVED.contains(&&*text) || REMOVED_PREFIXES.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command.env("RUSTC", &toolchain.rustc).env("RUSTC_BOOTSTRAP", "1");
    command
}

/// Where cargo keeps the sources of registries and of git.
pub(crate) fn home() -> PathBuf {
    path_variable("CARGO_HOME")
        .or_else(|| Some(env::home_dir()?.join(".cargo")))
        .unwrap_or_else(|| PathBuf::from("/nonexistent"))
}

/// Flags that take all places out of what is built from `source`, which gets the name `name`.
pub(crate) fn remaps(toolchain: &Toolchain, source: &Path, name: &str) -> [String; 3] {
    // The names that official builds of std have in debug information.
    let library = format!("/rustc/{}/library", toolchain.commit());
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    [remap(&home(), "/cargo"), remap(&toolchain.library, &library), remap(source, name)]
}

/// Whether cargo can be run at all.
pub(crate) fn works(toolchain: &Toolchain) -> bool {
    output_of(&toolchain.cargo, &["--version"]).is_some()
}
