//! OpenVM: building its guests without its own cargo command, and proving them with its SDK.
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use openvm_sdk::config::AggregationSystemParams;
use openvm_sdk::fs::{read_object_from_file, write_object_to_file};
use openvm_sdk::openvm_circuit::arch::ContinuationVmProof;
use openvm_sdk::prover::verify_app_proof_with_expected_exe_commit;
use openvm_sdk::{DefaultStarkEngine, SC, Sdk, StdIn};
use openvm_stark_sdk::config::{
    MAX_APP_LOG_STACKED_HEIGHT, app_params_with_100_bits_security, base_field_order, challenge_field_bits,
};
use openvm_stark_sdk::openvm_stark_backend::SystemParams;
use openvm_stark_sdk::openvm_stark_backend::p3_field::PrimeField32;
use openvm_stark_sdk::openvm_stark_backend::soundness::SoundnessCalculator;
use openvm_transpiler::elf::Elf;
use openvm_transpiler::openvm_platform::memory::{MEM_SIZE, TEXT_START};
use tempfile::TempDir;

use crate::guests::{Guest, workspace};
use crate::toolchain::{self, output_of};
use crate::{Proved, hex, input};

/// As in Cargo.toml.
pub const SDK_VERSION: &str = "2.0.2";

const TARGET: &str = "riscv32im-risc0-zkvm-elf";

/// Builds the guests with the flags of OpenVM 2.0.2's `openvm-build`, which itself needs one certain nightly; here any
/// compiler with library source does.
pub fn build(guests: &[Guest]) -> Result<Vec<PathBuf>> {
    let toolchain = toolchain::find()?;
    let flags = [
        "-Cpasses=lower-atomic",
        &format!("-Clinker={}", toolchain.linker.display()),
        &format!("-Clink-arg=-Ttext={TEXT_START:#010x}"),
        "-Clink-arg=--fatal-warnings",
        "-Cpanic=abort",
        "--cfg=getrandom_backend=\"custom\"",
    ];
    let folder = workspace().join("target/openvm");
    let status = Command::new(&toolchain.cargo)
        .args(["build", "--release", "--locked", "--package=peer-on-openvm", "--target", TARGET, "--target-dir"])
        .arg(&folder)
        .args(["-Zbuild-std=core,alloc", "-Zbuild-std-features=compiler-builtins-mem"])
        .args(guests.iter().flat_map(|guest| ["--bin", guest.name]))
        .current_dir(workspace())
        .env("RUSTC", &toolchain.rustc)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .status()
        .context("cannot start cargo")?;
    ensure!(status.success(), "OpenVM's guests cannot be built: {status}");
    Ok(guests.iter().map(|guest| folder.join(TARGET).join("release").join(guest.name)).collect())
}

/// Measures in a child, which runs [`in_child`]; `malloc` are settings of its jemalloc.
pub fn prove(elf: &Path, work: u32, malloc: Option<&str>) -> Result<Proved> {
    let mut child = Command::new(env::current_exe()?);
    child.arg("prove-one").arg(elf).arg(work.to_string());
    child.envs(malloc.map(|settings| ("_RJEM_MALLOC_CONF", settings)));
    Ok(serde_json::from_str(&output_of(&mut child)?)?)
}

/// Proves and verifies once: the SDK's RV32IM configuration with its default parameters, one proof per segment, no
/// aggregation.
pub fn in_child(elf: &Path, work: u32) -> Result<Proved> {
    let elf = Elf::decode(&fs::read(elf)?, u32::try_from(MEM_SIZE)?).map_err(|error| anyhow::anyhow!(error))?;
    let params = app_params_with_100_bits_security(MAX_APP_LOG_STACKED_HEIGHT);
    let security_bits = security_bits(&params);
    let stdin = StdIn::from_bytes(&input(work));

    let started = Instant::now();
    let sdk = Sdk::riscv32(params, AggregationSystemParams::default());
    let mut prover = sdk.app_prover(elf)?;
    let key = sdk.app_vk();
    let setup_seconds = started.elapsed().as_secs_f64();

    let segments = {
        let (vm, exe) = (prover.vm(), prover.exe());
        let interpreter = vm.metered_interpreter(&exe).context("cannot execute")?;
        interpreter.execute_metered(stdin.clone(), vm.build_metered_ctx(&exe)).context("the guest failed")?.0
    };

    let started = Instant::now();
    let proof = prover.prove(stdin).context("cannot prove")?;
    let prove_seconds = started.elapsed().as_secs_f64();
    let peak_memory_bytes = peak_memory()?;

    let folder = TempDir::new()?;
    let file = folder.path().join("proof");
    write_object_to_file(&file, &proof).map_err(|error| anyhow::anyhow!(error))?;
    drop(proof);
    let proof: ContinuationVmProof<SC> = read_object_from_file(&file).map_err(|error| anyhow::anyhow!(error))?;
    let program = prover.app_exe_commit();
    let started = Instant::now();
    verify_app_proof_with_expected_exe_commit::<DefaultStarkEngine>(&key, &proof, Some(program))?;
    let verify_seconds = started.elapsed().as_secs_f64();

    let public_values = proof.user_public_values.public_values.iter();
    let public_output =
        public_values.map(|value| u8::try_from(value.as_canonical_u32())).collect::<Result<Vec<_>, _>>()?;
    Ok(Proved {
        instructions: segments.iter().map(|segment| segment.num_insns).sum(),
        segments: proof.per_segment.len() as u64,
        setup_seconds,
        prove_seconds,
        verify_seconds,
        proof_bytes: fs::metadata(&file)?.len(),
        peak_memory_bytes,
        security_bits,
        public_output: hex(&public_output),
    })
}

/// What OpenVM's own formula gives within the bounds its app parameters are documented for: 100 AIRs of at most 5,000
/// constraints and 1,000 interactions, 30,000 columns, 2^24 rows. The RV32IM configuration is smaller.
fn security_bits(params: &SystemParams) -> f64 {
    const MAX_CONSTRAINTS: usize = 5_000;
    const AIRS: usize = 100;
    const COLUMNS: usize = 30_000;
    // The number of interactions is bounded by the parameters, more tightly than by rows times interactions.
    let log_interactions = params.logup.max_interaction_count.next_power_of_two().ilog2() as usize;
    let calculated = SoundnessCalculator::calculate(
        params,
        base_field_order(),
        challenge_field_bits(),
        MAX_CONSTRAINTS,
        AIRS,
        params.max_constraint_degree,
        MAX_APP_LOG_STACKED_HEIGHT,
        COLUMNS,
        params.w_stack,
        log_interactions - params.l_skip,
    );
    calculated.total_bits
}

/// Most memory of this process that was ever resident.
fn peak_memory() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    Ok(1024 * line.context("the kernel does not tell the peak of memory")?.parse::<u64>()?)
}
