//! Random programs against qemu's user mode, an implementation that shares no line with ours.
#![cfg(target_os = "linux")]

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use rand::rngs::SmallRng;
use rand::{RngCore, SeedableRng};
use zkvm_machine::{Input, Instruction, Outcome, Program};
use zkvm_test_support::{DATA_BYTES, ElfBuilder, random_printing_program};
use zkvm_translator::{Engine, RunError, RunOptions, run};

/// Exit code and output, if the program comes to its end.
fn reference(elf: &[u8]) -> Option<(u32, Vec<u8>)> {
    let mut printed = Vec::new();
    let mut console = |_, bytes: &[u8]| printed.extend_from_slice(bytes);
    let mut options = RunOptions::new(&mut console);
    options.max_steps = Some(20_000);
    let program = Program::from_elf(elf).unwrap();
    match run(&program, Engine::Interpreter, &Input::default(), &mut options) {
        Ok(run) => match run.outcome {
            Outcome::Halted { exit_code } => Some((exit_code, printed)),
            Outcome::Trapped { .. } => None,
        },
        Err(RunError::StepLimit { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn random_programs_do_the_same_under_qemu() {
    if Command::new("qemu-riscv64").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "qemu-riscv64 is missing: `tests/run` installs it");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("program");
    let (mut compared, mut outside) = (0, 0);
    for seed in 0..400 {
        let mut rng = SmallRng::seed_from_u64(seed);
        let mut code = random_printing_program(&mut rng, [40, 150, 400][seed as usize % 3]);
        // qemu's `sc` compares values, not reservations.
        for instruction in &mut code {
            if matches!(instruction, Instruction::LoadReserved { .. } | Instruction::StoreConditional { .. }) {
                *instruction = Instruction::Fence;
            }
        }
        let mut data = vec![0; DATA_BYTES as usize];
        rng.fill_bytes(&mut data);
        let elf = ElfBuilder::new(&code).data(data).build();
        let Some((exit_code, printed)) = reference(&elf) else { continue };
        std::fs::write(&path, &elf).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        let output = Command::new("qemu-riscv64").arg(&path).output().unwrap();
        match output.status.code() {
            Some(code) => {
                assert_eq!(code as u32, exit_code, "seed {seed}");
                assert!(output.stdout == printed, "seed {seed}: registers or memory differ");
                compared += 1;
            }
            // Our machine has memory where a Linux process has none: heap, stack, input and output.
            None => outside += 1,
        }
    }
    assert!(compared > 100 && outside < compared / 10, "{compared} compared, {outside} ended by a signal");
}
