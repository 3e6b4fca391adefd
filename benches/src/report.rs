//! What was measured, as a table and as JSON.
use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;
use zkvm_real_guests::Guest;

use crate::measure::{Prepared, Round};

/// The figures of one guest. All times are processor times, and of each it is the least of all rounds, the one that others
/// on the machine disturbed least.
#[derive(Serialize)]
pub struct Figures {
    pub guest: String,
    pub steps: u64,
    /// The same source as a native program.
    pub native_seconds: f64,
    /// Without a trace.
    pub run_seconds: f64,
    /// With the minimal trace.
    pub trace_seconds: f64,
    pub ratio_run: f64,
    pub ratio_trace: f64,
    /// With the minimal trace.
    pub steps_per_second: f64,
    pub log_bytes_per_step: f64,
    pub rom_setup_seconds: f64,
    pub text_bytes: u64,
    /// By one thread.
    pub replay_steps_per_second: f64,
    pub peak_memory_bytes: u64,
}

impl Figures {
    pub fn new(guest: &Guest, prepared: &Prepared) -> Self {
        Self {
            guest: guest.name.clone(),
            steps: 0,
            native_seconds: f64::INFINITY,
            run_seconds: f64::INFINITY,
            trace_seconds: f64::INFINITY,
            ratio_run: 0.0,
            ratio_trace: 0.0,
            steps_per_second: 0.0,
            log_bytes_per_step: 0.0,
            rom_setup_seconds: f64::INFINITY,
            text_bytes: prepared.text_bytes(),
            replay_steps_per_second: 0.0,
            peak_memory_bytes: 0,
        }
    }

    pub fn add(&mut self, native: Duration, round: &Round) {
        let least = |seconds: &mut f64, time: Duration| *seconds = seconds.min(time.as_secs_f64());
        least(&mut self.native_seconds, native);
        least(&mut self.run_seconds, round.run);
        least(&mut self.trace_seconds, round.trace);
        least(&mut self.rom_setup_seconds, round.rom_setup);
        self.steps = round.steps;
        self.ratio_run = self.run_seconds / self.native_seconds;
        self.ratio_trace = self.trace_seconds / self.native_seconds;
        self.steps_per_second = self.steps as f64 / self.trace_seconds;
        self.log_bytes_per_step = round.log_bytes as f64 / round.steps as f64;
        self.replay_steps_per_second = self.replay_steps_per_second.max(round.replay_steps_per_second);
        self.peak_memory_bytes = self.peak_memory_bytes.max(round.peak_memory_bytes);
    }
}

/// The table, with the geometric means of the ratios and rates.
pub fn print(all: &[Figures], out: &mut impl Write) -> io::Result<()> {
    write!(out, "{:10} {:>8} {:>9} {:>8} {:>8} ", "guest", "Msteps", "native ms", "run ms", "trace ms")?;
    write!(out, "{:>6} {:>7} {:>8} {:>6} ", "÷ run", "÷ trace", "Gsteps/s", "B/step")?;
    writeln!(out, "{:>8} {:>8} {:>10} {:>7}", "setup ms", "text KiB", "replay M/s", "MiB")?;
    for figures in all {
        print_row(figures, out)?;
    }
    let mean = |figure: fn(&Figures) -> f64| geometric_mean(all.iter().map(figure));
    writeln!(
        out,
        "{:47} {:6.2} {:7.2} {:8.2}",
        "geometric mean",
        mean(|figures| figures.ratio_run),
        mean(|figures| figures.ratio_trace),
        mean(|figures| figures.steps_per_second) / 1e9,
    )
}

fn print_row(figures: &Figures, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "{:10} {:8.1} {:9.1} {:8.1} {:8.1} {:6.2} {:7.2} {:8.2} {:6.2} {:8.1} {:8} {:10.0} {:7}",
        figures.guest,
        figures.steps as f64 / 1e6,
        1e3 * figures.native_seconds,
        1e3 * figures.run_seconds,
        1e3 * figures.trace_seconds,
        figures.ratio_run,
        figures.ratio_trace,
        figures.steps_per_second / 1e9,
        figures.log_bytes_per_step,
        1e3 * figures.rom_setup_seconds,
        figures.text_bytes >> 10,
        figures.replay_steps_per_second / 1e6,
        figures.peak_memory_bytes >> 20,
    )
}

pub fn geometric_mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    (values.map(f64::ln).sum::<f64>() / count).exp()
}
