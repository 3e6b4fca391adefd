//! What is said of a guest that trapped: what happened, where in the source, who called, what to do next.

use std::fmt::Write;
use std::ops::Range;

use serde::Serialize;
use zkvm_abi::{GUARD_BYTES, HEAP, INPUT, STACK};
use zkvm_sdk::machine::{Frame, Trap};
use zkvm_sdk::{Program, Run, Symbols};

use crate::numbers::grouped;
use crate::terminal::Terminal;

/// A trap with all that is known about its place; with `--json` it is printed as it is.
#[derive(Debug, Serialize)]
pub struct TrapReport {
    pub message: String,
    pub pc: String,
    pub function: Option<String>,
    pub file: Option<String>,
    pub line: Option<u32>,
    /// The trap's own place, then the calls it happened in.
    pub backtrace: Vec<Call>,
    #[serde(skip)]
    step: u64,
    #[serde(skip)]
    registers: [u64; 32],
    #[serde(skip)]
    hint: String,
}

/// One line of a backtrace. Inlined functions share the pc of the one they were inlined into.
#[derive(Debug, PartialEq, Serialize)]
pub struct Call {
    pub pc: String,
    pub function: Option<String>,
    pub file: Option<String>,
    pub line: Option<u32>,
}

impl TrapReport {
    pub fn new(program: &Program, run: &Run, pc: u64, trap: Trap) -> TrapReport {
        let symbols = Symbols::new(program);
        // A return address names the instruction after the call.
        let places = [pc].into_iter().chain(run.backtrace.iter().map(|address| address.wrapping_sub(4)));
        let backtrace: Vec<Call> = places.flat_map(|pc| calls(pc, symbols.locate(pc))).collect();
        let shown = &backtrace[visible(&backtrace)];
        // The user's own line says more than that of the library function it calls.
        let first = shown.iter().find(|call| !call.is_of_library()).unwrap_or(&shown[0]);
        TrapReport {
            message: trap.to_string(),
            pc: format!("{pc:#x}"),
            function: first.function.clone(),
            file: first.file.clone(),
            line: first.line,
            step: run.steps(),
            registers: run.end.state.x,
            hint: hint(trap, run, &backtrace),
            backtrace,
        }
    }

    /// Says it all on standard error.
    pub fn print(&self, terminal: &Terminal, verbose: bool) {
        terminal.error(&self.headline());
        terminal.block(&self.details(verbose));
        terminal.hint(&self.hint);
    }

    /// The one-line error.
    fn headline(&self) -> String {
        let Self { message, pc, step, .. } = self;
        let function = self.function.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
        let place = place(&self.file, self.line).map(|place| format!(" ({place})")).unwrap_or_default();
        format!("the guest trapped{function}{place} at pc {pc}, step {}: {message}", grouped(*step))
    }

    /// The lines below it; everything if `verbose`.
    fn details(&self, verbose: bool) -> String {
        let mut text = String::from("guest backtrace, innermost first:\n");
        let shown = if verbose { 0..self.backtrace.len() } else { visible(&self.backtrace) };
        let hidden = self.backtrace.len() - shown.len();
        let mut index = 0;
        for same in self.backtrace[shown].chunk_by(|a, b| a == b) {
            let call = &same[0];
            let name = call.function.as_deref().unwrap_or("(no symbol)");
            let place = place(&call.file, call.line).map(|place| format!("\n{:20}at {place}", "")).unwrap_or_default();
            let times = if same.len() > 1 { format!("  (and {} more times)", same.len() - 1) } else { String::new() };
            let _ = writeln!(text, "  {index:3}: {:>10}  {name}{times}{place}", call.pc);
            index += same.len();
        }
        if hidden > 0 {
            let _ =
                writeln!(text, "  ({hidden} calls of the panic handler and the runtime are left out; -v shows them)");
        }
        if verbose {
            text.push_str("registers:\n");
            for (row, values) in self.registers.chunks(4).enumerate() {
                for (column, value) in values.iter().enumerate() {
                    let _ = write!(text, "  {:>4} {value:#018x}", NAMES[4 * row + column]);
                }
                text.push('\n');
            }
        }
        text
    }
}

/// Names of the calling convention.
const NAMES: [&str; 32] = [
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2",
    "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
];

fn calls(pc: u64, frames: Vec<Frame>) -> Vec<Call> {
    let pc = format!("{pc:#x}");
    if frames.is_empty() {
        return vec![Call { pc, function: None, file: None, line: None }];
    }
    let call = |Frame { function, file, line }| Call {
        pc: pc.clone(),
        function: Some(function).filter(|name| !name.is_empty()),
        file: file.map(|file| readable(&file)),
        line,
    };
    frames.into_iter().map(call).collect()
}

/// Paths as recorded by builds of ours: those of the workspace relative to it, those of `std` without the commit.
fn readable(file: &str) -> String {
    if let Some(path) = file.strip_prefix("/workspace/") {
        return path.to_owned();
    }
    match file.strip_prefix("/rustc/").and_then(|rest| rest.split_once('/')) {
        Some((_, path)) => path.to_owned(),
        None => file.to_owned(),
    }
}

fn place(file: &Option<String>, line: Option<u32>) -> Option<String> {
    let file = file.as_ref()?;
    Some(line.map_or_else(|| file.clone(), |line| format!("{file}:{line}")))
}

/// Functions between a panic, or a failed allocation, and the trap.
const MACHINERY: [&str; 12] = [
    "core::panicking::",
    "std::panicking::",
    "core::option::expect_failed",
    "core::option::unwrap_failed",
    "core::result::unwrap_failed",
    "core::cell::panic_already",
    "core::slice::index::slice_",
    "core::str::slice_error_fail",
    "alloc::alloc::handle_alloc_error",
    "alloc::raw_vec::",
    "std::alloc::",
    "__rustc::",
];

/// Functions below `main`.
const RUNTIME: [&str; 4] =
    ["std::sys::backtrace::__rust_begin_short_backtrace", "std::rt::lang_start", "zkvm_rt_start", "_start"];

impl Call {
    fn is_of(&self, names: &[&str]) -> bool {
        let name = self.function.as_deref().unwrap_or_default().trim_start_matches('<');
        names.iter().any(|start| name.starts_with(start))
    }

    /// Whether its source is the guest runtime, or how `std` ends a program.
    fn is_of_runtime(&self) -> bool {
        let file = self.file.as_deref().unwrap_or_default();
        let is_abort = file.ends_with("std/src/process.rs") && self.function.as_deref() == Some("abort");
        file.starts_with("/zkvm/") || file.contains("std/src/sys/pal/") || is_abort
    }

    /// Whether its source belongs to Rust's own library.
    fn is_of_library(&self) -> bool {
        self.file.as_deref().is_none_or(|file| file.starts_with("library/")) || self.is_of_runtime()
    }
}

/// The calls between the panic machinery above and the runtime below.
fn visible(backtrace: &[Call]) -> Range<usize> {
    let has_panicked =
        |call: &Call| call.is_of(&["core::panicking::", "std::panicking::", "alloc::alloc::handle_alloc_error"]);
    let start = match backtrace.iter().any(has_panicked) {
        true => backtrace.iter().rposition(|call| call.is_of(&MACHINERY)).map_or(0, |last| last + 1),
        false => backtrace.iter().take_while(|call| call.is_of_runtime()).count(),
    };
    let mut end = backtrace.iter().position(|call| call.is_of(&RUNTIME)).unwrap_or(backtrace.len());
    // What calls Rust's `main` from C's is called `main` too, and has no source.
    if end > start + 1 && backtrace[end - 1].file.is_none() && backtrace[end - 1].is_of(&["main"]) {
        end -= 1;
    }
    if start < end { start..end } else { 0..backtrace.len() }
}

fn hint(trap: Trap, run: &Run, backtrace: &[Call]) -> String {
    match trap {
        Trap::Breakpoint if backtrace.iter().any(|call| call.is_of(&["alloc::alloc::handle_alloc_error"])) => {
            format!("the heap ({} MiB) is exhausted, or a size was computed wrongly", HEAP.bytes() >> 20)
        }
        Trap::Breakpoint => "a panic (its message is above) or an abort".to_owned(),
        Trap::LoadFault { address, .. } | Trap::StoreFault { address, .. } => place_of(address, run).to_owned(),
        Trap::IllegalInstruction { .. } => {
            "the guest machine is RV64IMA: no compressed, floating-point or vector instructions; build with `cargo zkvm build`"
                .to_owned()
        }
        Trap::FetchFault { .. } | Trap::MisalignedJump { .. } => {
            "a call through a function pointer that holds no function, or a return address that was overwritten".to_owned()
        }
        Trap::MisalignedAtomic { .. } => "lr, sc and AMO need an address that is a multiple of their width".to_owned(),
        Trap::UnknownSystemCall { number } => format!(
            "system call {number} is none of write (64) and exit (93); a program built for Linux cannot run here"
        ),
    }
}

/// What an address that cannot be accessed is near to.
fn place_of(address: u64, run: &Run) -> &'static str {
    let sp = run.end.state.x[2];
    if address < GUARD_BYTES {
        "the address is near 0: a null pointer"
    } else if (HEAP.end..STACK.start).contains(&address) && sp < STACK.start + (1 << 20) {
        "the stack has overflowed (64 MiB): an endless recursion, or large values on the stack that belong on the heap"
    } else if INPUT.contains(address, 1) {
        "the input region is read-only; the public output, which ends just before it, holds 256 MiB"
    } else {
        "the address is no memory of the guest: a pointer that was never set, or is no longer valid"
    }
}
