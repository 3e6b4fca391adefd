//! What was measured, side by side.
use std::io::{self, Write};

use serde::Serialize;

use crate::Proved;

#[derive(Serialize)]
pub struct Report {
    pub openvm_sdk: &'static str,
    pub processors: usize,
    pub guests: Vec<Compared>,
}

/// One program on both machines.
#[derive(Serialize)]
pub struct Compared {
    pub guest: &'static str,
    /// What the program was given to do.
    pub work: u32,
    pub openvm: Proved,
    pub zkvm: Proved,
    /// OpenVM's time by ours, from program and input to proof: the same source, whatever instructions it became.
    pub time_ratio: f64,
    /// Our instructions per second by OpenVM's: instructions of two machines, which are not the same thing.
    pub speed_ratio: f64,
}

impl Compared {
    pub fn new(guest: &'static str, work: u32, openvm: Proved, zkvm: Proved) -> Self {
        let time_ratio = openvm.prove_seconds / zkvm.prove_seconds;
        Self { guest, work, time_ratio, speed_ratio: speed(&zkvm) / speed(&openvm), openvm, zkvm }
    }
}

/// Instructions per second.
fn speed(proved: &Proved) -> f64 {
    proved.instructions as f64 / proved.prove_seconds
}

pub fn print(report: &Report, out: &mut impl Write) -> io::Result<()> {
    write!(out, "{:8} {:7} {:>12} {:>4} {:>9} ", "guest", "machine", "instructions", "seg", "prove s")?;
    write!(out, "{:>9} {:>8} {:>9} {:>8} ", "instr/s", "peak GiB", "proof MB", "setup s")?;
    writeln!(out, "{:>9} {:>11}", "verify ms", "proven bits")?;
    for compared in &report.guests {
        for (machine, proved) in [("OpenVM", &compared.openvm), ("zkvm", &compared.zkvm)] {
            print_row(compared.guest, machine, proved, out)?;
        }
        let Compared { time_ratio, speed_ratio, .. } = compared;
        writeln!(out, "{:8} same source {time_ratio:.2} times as fast; instr/s {speed_ratio:.2} times", "")?;
    }
    let mean = |ratio: fn(&Compared) -> f64| {
        let logarithms: f64 = report.guests.iter().map(|compared| ratio(compared).ln()).sum();
        (logarithms / report.guests.len() as f64).exp()
    };
    let (time_ratio, speed_ratio) = (mean(|compared| compared.time_ratio), mean(|compared| compared.speed_ratio));
    writeln!(out, "geometric mean: same source {time_ratio:.2} times as fast; instr/s {speed_ratio:.2} times")
}

fn print_row(guest: &str, machine: &str, proved: &Proved, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "{guest:8} {machine:7} {:12} {:4} {:9.2} {:9.0} {:8.2} {:9.2} {:8.2} {:9.1} {:11.1}",
        proved.instructions,
        proved.segments,
        proved.prove_seconds,
        speed(proved),
        proved.peak_memory_bytes as f64 / f64::from(1 << 30),
        proved.proof_bytes as f64 / 1e6,
        proved.setup_seconds,
        1e3 * proved.verify_seconds,
        proved.security_bits,
    )
}
