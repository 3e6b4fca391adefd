//! What programs find when they run.

use std::process::{Command, Stdio};

use zkvm_machine::Trap;

use crate::support::{Ran, guests, run_elf, try_build};

fn run_plain(part: &str) -> Ran {
    let elf = try_build(&guests(), "plain", "guests").unwrap();
    run_elf(&elf.path, "b a b\n", &[part, "more"], &[("OTHER", "x"), ("GREETING", "hello")])
}

#[test]
fn a_program_without_our_crates_has_input_environment_and_hash_maps() {
    let ran = run_plain("words").exited_with(0);
    assert_eq!(ran.stdout, "[(\"a\", 1), (\"b\", 2)] Some(\"hello\") None\n");
}

#[test]
fn process_exit_has_its_code() {
    run_plain("exit").exited_with(7);
}

#[test]
fn a_panic_says_where_and_ends_in_a_breakpoint() {
    let (trap, stderr) = run_plain("nonsense").trapped();
    assert_eq!(trap, Trap::Breakpoint);
    assert!(stderr.contains("panicked at plain/src/main.rs:20:14"), "{stderr}");
    assert!(stderr.contains("[\"guest\", \"nonsense\", \"more\"]"), "{stderr}");
}

#[test]
fn an_abort_ends_in_a_breakpoint() {
    assert_eq!(run_plain("abort").trapped().0, Trap::Breakpoint);
}

#[test]
fn stack_overflow_is_a_store_below_the_stack() {
    let (trap, _) = run_plain("overflow").trapped();
    let Trap::StoreFault { address, .. } = trap else { panic!("{trap:?}") };
    assert!((zkvm_abi::HEAP.end..zkvm_abi::STACK.start).contains(&address), "{address:#x}");
}

#[test]
fn heap_exhaustion_says_so_and_ends_in_a_breakpoint() {
    let (trap, stderr) = run_plain("exhaust").trapped();
    assert_eq!(trap, Trap::Breakpoint);
    assert!(stderr.contains("memory allocation of 67108864 bytes failed"), "{stderr}");
}

#[test]
fn freed_memory_is_used_again() {
    run_plain("reuse").exited_with(0);
}

#[test]
fn randomness_is_chacha20_under_the_seed() {
    // RFC 8439, A.1, test vector 1: key and nonce zero, block 0.
    let want = "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7\
                da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586\n";
    assert_eq!(run_plain("random").exited_with(0).stdout, want);
}

#[test]
fn memory_functions_and_allocators_do_what_they_should() {
    for package in ["memory", "memory-bump"] {
        let elf = try_build(&guests(), package, "guests").unwrap();
        run_elf(&elf.path, "", &[], &[]).exited_with(0);
    }
}

/// The second opinion: the same ELF as a static Linux program. Does nothing where there is no qemu.
#[test]
fn guests_are_linux_programs_too() {
    let elf = try_build(&guests(), "plain", "guests").unwrap();
    let mut command = Command::new("qemu-riscv64");
    command.arg(&elf.path).arg("words").env("GREETING", "hello").stdin(Stdio::null());
    let Ok(output) = command.output() else { return };
    assert_eq!(String::from_utf8_lossy(&output.stdout), "[] Some(\"hello\") None\n");
    assert!(output.status.success());
}
