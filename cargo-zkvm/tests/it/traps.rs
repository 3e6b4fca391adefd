//! What is said of guests that trap: built from source, since it is about source lines. See `templates` for when these
//! tests run.

use std::fs;

use zkvm_machine::{MachineState, Program, Symbols, unwind};

use crate::support::{Folder, outcome, tool};
use crate::templates::can_build;

/// Each way to end badly is chosen by the first byte of the input.
const GUEST: &str = r#"use std::hint::black_box;

#[inline(never)]
fn recurse(n: u64) -> u64 {
    let data = black_box([n; 16]);
    if n == u64::MAX { 0 } else { recurse(n + 1) + data[3] }
}

#[inline(never)]
fn out_of_bounds(bytes: &[u8], index: usize) -> u8 {
    bytes[index]
}

#[inline(never)]
fn null(pointer: *const u64) -> u64 {
    unsafe { pointer.read_volatile() }
}

fn main() {
    match zkvm_guest_std::read_input()[0] {
        0 => drop(black_box(recurse(0))),
        1 => drop(black_box(out_of_bounds(&[1, 2, 3], black_box(7)))),
        2 => drop(black_box(null(black_box(8 as *const u64)))),
        3 => drop(Err::<u8, &str>("no luck").unwrap()),
        4 => loop {
            black_box(Box::leak(vec![1_u8; 1 << 24].into_boxed_slice()));
        },
        5 => std::process::abort(),
        _ => std::process::exit(9),
    }
}
"#;

#[test]
fn traps_name_the_users_own_line_and_calls() {
    if !can_build() {
        return;
    }
    let folder = Folder::new();
    folder.zkvm(&["new", "bad", "--template", "no-std"]).assert_status(0);
    fs::write(folder.path("bad/src/main.rs"), GUEST).unwrap();
    let run = |arguments: &[&str]| outcome(&mut tool(&folder.path("bad"), arguments));
    run(&["build"]).assert_status(0);
    let cases: [(&str, &[&str]); 6] = [
        ("00", &["bad::recurse (src/main.rs:", "and 63 more times", "the stack has overflowed"]),
        ("01", &["bad::out_of_bounds (src/main.rs:11)", "bad::main\n", "at src/main.rs:22", "index out of bounds"]),
        ("02", &["bad::null", "load of 8 bytes at 0x8", "src/main.rs:16", "a null pointer"]),
        ("03", &["bad::main (src/main.rs:24)", "no luck"]),
        ("04", &["memory allocation of 16777216 bytes failed", "the heap (896 MiB) is exhausted"]),
        ("05", &["bad::main (src/main.rs:28)"]),
    ];
    for (byte, parts) in cases {
        let outcome = run(&["run", "--quiet", "--input", &format!("hex:{byte}")]);
        outcome.assert_status(4);
        for part in parts {
            assert!(outcome.stderr.contains(part), "{byte}: `{part}` is not in: {}", outcome.stderr);
        }
    }
    let verbose = run(&["run", "--quiet", "--verbose", "--input", "hex:01"]);
    for part in ["zkvm_rt_start", "registers:", " ra 0x"] {
        assert!(verbose.assert_status(4).stderr.contains(part), "{}", verbose.stderr);
    }
    run(&["run", "--input", "hex:06"]).assert_status(3);
    let elf = String::from_utf8(run(&["build", "--quiet"]).stdout).unwrap();
    damaged_debug_information_is_survived(&fs::read(elf.trim()).unwrap());
}

/// Whatever the sections say, nothing panics, hangs or overflows the stack.
fn damaged_debug_information_is_survived(elf: &[u8]) {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as usize % below
    };
    for _ in 0..100 {
        let mut damaged = elf.to_vec();
        for _ in 0..50 {
            // Program headers and text are at the start; they are none of this test's business.
            let place = elf.len() / 4 + next(elf.len() * 3 / 4);
            damaged[place] = next(256) as u8;
        }
        let Ok(program) = Program::from_elf(&damaged) else { continue };
        let symbols = Symbols::new(&program);
        for range in program.text() {
            for pc in (range.start..range.end()).step_by(4 * 97) {
                symbols.locate(pc);
                let mut state = MachineState::at_entry(pc);
                state.x[1] = pc;
                let mut stack = |_| Some(range.start + 4 * next(range.slots.len()) as u64);
                assert!(unwind(&program, &state, &mut stack).len() <= 64);
            }
        }
    }
}
