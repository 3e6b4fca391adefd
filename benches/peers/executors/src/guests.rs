//! Builds the guests of `tests/guests` for the peers, from their own manifests and with their own lock file. What a guest
//! finds under its `main` is linked in by a flag, as this repository's own build does it.
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use zkvm_real_guests::Guest;
use zkvm_sdk::guest_build::Toolchain;

/// A machine of somebody else's.
pub struct Peer {
    /// Its target, a file in `guests/targets`.
    target: &'static str,
    /// The package in `guests` that lies under `main`.
    runtime: &'static str,
    flags: &'static [&'static str],
}

/// With the flags of `sp1-build` 6.10.0. The target is described as SP1's fork of the compiler has it.
pub const SP1: Peer = Peer {
    target: "riscv64im-succinct-zkvm-elf",
    runtime: "peer-on-sp1",
    flags: &[
        "-Cpasses=lower-atomic",
        "-Clink-arg=--image-base=0x78000000",
        "-Cpanic=abort",
        "--cfg=getrandom_backend=\"custom\"",
        "-Cllvm-args=-misched-prera-direction=bottomup",
        "-Cllvm-args=-misched-postra-direction=bottomup",
    ],
};

/// The target is that of `polkavm-linker` 0.37.0 with the operating system `zkvm`, for which `std` has a platform layer.
pub const POLKAVM: Peer = Peer {
    target: "riscv64emac-zkvm-polkavm",
    runtime: "peer-on-polkavm",
    flags: &["--cfg=getrandom_backend=\"custom\""],
};

impl Peer {
    /// The guest's ELF.
    pub fn build(&self, guest: &Guest) -> Result<Vec<u8>> {
        let runtime = self.build_runtime()?;
        let mut cargo = self.cargo("rustc", &zkvm_real_guests::workspace(), &guest.package)?;
        cargo
            .args(["--bin", &guest.package, "--", "-Zunstable-options"])
            .arg(format!("--extern=force:{}={}", self.runtime.replace('-', "_"), runtime.display()))
            .arg(format!("-Ldependency={}", runtime.with_file_name("deps").display()));
        let elf = artifact(cargo, &guest.package)?;
        fs::read(&elf).with_context(|| format!("cannot read {}", elf.display()))
    }

    /// What lies under `main`, a library; what it depends on is in `deps` beside it.
    fn build_runtime(&self) -> Result<PathBuf> {
        let mut cargo = self.cargo("build", &guests_folder(), self.runtime)?;
        cargo.arg("--lib");
        artifact(cargo, &self.runtime.replace('-', "_"))
    }

    /// Both builds have profile, flags and target folder in common, so that they have one `std` in common.
    fn cargo(&self, command: &str, workspace: &Path, package: &str) -> Result<Command> {
        let toolchain = Toolchain::find()?;
        let mut flags = vec![format!("-Clinker={}", toolchain.linker.display())];
        flags.extend(self.flags.iter().map(|&flag| flag.to_owned()));
        let mut cargo = Command::new(&toolchain.cargo);
        cargo
            .args([command, "--quiet", "--release", "--locked", "--message-format=json-render-diagnostics"])
            .args(["--package", package, "-Zjson-target-spec", "--target"])
            .arg(guests_folder().join("targets").join(self.target).with_extension("json"))
            .args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=compiler-builtins-mem", "--target-dir"])
            .arg(target_folder()?.join(self.target))
            .current_dir(workspace)
            .env("RUSTC", &toolchain.rustc)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
        Ok(cargo)
    }
}

/// The runtimes' workspace.
fn guests_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("guests")
}

/// Beside the profiles of this program's target folder.
fn target_folder() -> Result<PathBuf> {
    let executable = env::current_exe()?;
    Ok(executable.ancestors().nth(2).context("this program lies in no target folder")?.join("peer-guests"))
}

/// Runs cargo; the executable or else the library that it made of the target called `name`.
fn artifact(mut cargo: Command, name: &str) -> Result<PathBuf> {
    let output = cargo.stderr(Stdio::inherit()).output().context("cannot start cargo")?;
    ensure!(output.status.success(), "{name} does not build: {}", output.status);
    let text = String::from_utf8(output.stdout)?;
    let mut messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let of_it = messages.find(|message| message["target"]["name"] == name && message["filenames"].is_array());
    let of_it = of_it.with_context(|| format!("cargo did not say where {name} is"))?;
    let mut files = of_it["filenames"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let file = of_it["executable"].as_str().or_else(|| files.find(|file| file.ends_with(".rlib")));
    Ok(file.context("cargo made nothing that can be linked")?.into())
}
