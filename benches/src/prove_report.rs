//! What proving took, as a table.
use std::io::{self, Write};

use crate::prove::Proved;
use crate::report::geometric_mean;

/// The table, with the geometric means of speed and cells; then, if wanted, each table's share of the cells.
pub fn print(all: &[Proved], tables: bool, out: &mut impl Write) -> io::Result<()> {
    write!(out, "{:10} {:>7} {:>4} {:>8} {:>8} {:>8} ", "guest", "Msteps", "seg", "wall s", "cpu s", "steps/s")?;
    write!(out, "{:>10} {:>8} {:>9} {:>6} ", "cells/step", "proof MB", "verify ms", "bits")?;
    writeln!(out, "{:>7} {:>9}", "MiB", "witness %")?;
    for proved in all {
        writeln!(
            out,
            "{:10} {:7.2} {:4} {:8.1} {:8.1} {:8.0} {:10.1} {:8.2} {:9.0} {:6.1} {:7} {:9.1}",
            proved.guest,
            proved.steps as f64 / 1e6,
            proved.segments,
            proved.prove_seconds,
            proved.cpu_seconds,
            proved.steps_per_second,
            proved.cells_per_step,
            proved.proof_bytes as f64 / 1e6,
            1e3 * proved.verify_seconds,
            proved.security_bits,
            proved.peak_memory_bytes >> 20,
            100.0 * proved.witness_share,
        )?;
    }
    let mean = |figure: fn(&Proved) -> f64| geometric_mean(all.iter().map(figure));
    let (speed, cells) = (mean(|proved| proved.steps_per_second), mean(|proved| proved.cells_per_step));
    writeln!(out, "{:41} {speed:8.0} {cells:10.1}", "geometric mean")?;
    for proved in all.iter().filter(|_| tables) {
        let shares: Vec<_> =
            proved.tables.iter().map(|(name, share)| format!("{name} {:.1} %", 100.0 * share)).collect();
        writeln!(out, "{}: {}", proved.guest, shares.join(", "))?;
    }
    Ok(())
}
