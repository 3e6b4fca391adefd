//! What was measured, as a table and as JSON.
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use crate::executors::{Kind, Ran};

#[derive(Serialize)]
pub struct Report {
    pub sp1_core_executor: &'static str,
    pub polkavm: &'static str,
    pub rounds: u32,
    /// Loads and stores in a chunk of SP1's trace.
    pub sp1_chunk: u64,
    pub guests: Vec<Compared>,
}

/// One guest, executed by everyone.
#[derive(Serialize)]
pub struct Compared {
    pub guest: String,
    pub measured: BTreeMap<Kind, Measured>,
    /// Why somebody could not execute it.
    pub missing: BTreeMap<Kind, String>,
}

/// All times are processor times.
#[derive(Clone, Copy, Serialize)]
pub struct Measured {
    /// The least of all rounds.
    pub seconds: f64,
    pub translation_seconds: Option<f64>,
    /// Of the machine in question.
    pub instructions: Option<u64>,
}

impl Measured {
    pub fn new(translation: Option<Duration>) -> Self {
        let translation_seconds = translation.map(|time| time.as_secs_f64());
        Self { seconds: f64::INFINITY, translation_seconds, instructions: None }
    }

    pub fn add(&mut self, ran: &Ran) {
        self.seconds = self.seconds.min(ran.time.as_secs_f64());
        self.instructions = ran.instructions;
    }
}

/// Pairs whose times are divided.
const RATIOS: [(Kind, Kind); 7] = [
    (Kind::Sp1Trace, Kind::ZkvmTrace),
    (Kind::Sp1Run, Kind::ZkvmRun),
    (Kind::Polkavm, Kind::ZkvmRun),
    (Kind::PolkavmGas, Kind::ZkvmRun),
    (Kind::ZkvmRun, Kind::Native),
    (Kind::ZkvmTrace, Kind::Native),
    (Kind::Sp1Trace, Kind::Native),
];

/// Kinds that count instructions.
const COUNTED: [Kind; 3] = [Kind::ZkvmRun, Kind::Sp1Run, Kind::PolkavmGas];

/// Kinds that translate.
const TRANSLATED: [Kind; 4] = [Kind::ZkvmTrace, Kind::Sp1Trace, Kind::Polkavm, Kind::PolkavmGas];

impl Compared {
    /// A figure of somebody's, if there is one.
    fn figure(&self, kind: Kind, figure: impl Fn(&Measured) -> Option<f64>) -> Option<f64> {
        self.measured.get(&kind).and_then(figure)
    }

    fn seconds(&self, kind: Kind) -> Option<f64> {
        self.figure(kind, |measured| Some(measured.seconds))
    }

    fn ratio(&self, (upper, lower): (Kind, Kind)) -> Option<f64> {
        Some(self.seconds(upper)? / self.seconds(lower)?)
    }
}

/// Seconds; ratios with geometric means; instructions and translation; what is missing.
pub fn print(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let guests = &report.guests;
    let seconds = Kind::ALL.map(|kind| Column::new(kind.to_string(), 3, move |guest| guest.seconds(kind)));
    print_table("seconds", guests, &seconds, out)?;

    let ratios = RATIOS.map(|pair| Column::new(format!("{} ÷ {}", pair.0, pair.1), 2, move |guest| guest.ratio(pair)));
    print_table("ratios", guests, &ratios, out)?;
    print_means(guests, &ratios, out)?;

    let millions = |measured: &Measured| Some(measured.instructions? as f64 / 1e6);
    let counted = COUNTED.map(|kind| Column::new(kind.to_string(), 1, move |guest| guest.figure(kind, millions)));
    print_table("10^6 instr.", guests, &counted, out)?;

    let milliseconds = |measured: &Measured| Some(1e3 * measured.translation_seconds?);
    let translated =
        TRANSLATED.map(|kind| Column::new(kind.to_string(), 1, move |guest| guest.figure(kind, milliseconds)));
    print_table("translation, ms", guests, &translated, out)?;

    for compared in guests {
        for (kind, reason) in &compared.missing {
            writeln!(out, "\n{} without {kind}: {reason}", compared.guest)?;
        }
    }
    Ok(())
}

/// A figure of every guest.
struct Column<F> {
    title: String,
    digits: usize,
    figure: F,
}

impl<F: Fn(&Compared) -> Option<f64>> Column<F> {
    fn new(title: String, digits: usize, figure: F) -> Self {
        Self { title, digits, figure }
    }

    fn width(&self) -> usize {
        self.title.chars().count().max(8)
    }

    fn print(&self, figure: Option<f64>, out: &mut impl Write) -> io::Result<()> {
        let (width, digits) = (self.width(), self.digits);
        match figure {
            Some(figure) => write!(out, "  {figure:width$.digits$}"),
            None => write!(out, "  {:>width$}", "-"),
        }
    }
}

fn print_table<F: Fn(&Compared) -> Option<f64>>(
    title: &str,
    guests: &[Compared],
    columns: &[Column<F>],
    out: &mut impl Write,
) -> io::Result<()> {
    write!(out, "\n{title:15}")?;
    columns.iter().try_for_each(|column| write!(out, "  {:>width$}", column.title, width = column.width()))?;
    writeln!(out)?;
    for compared in guests {
        write!(out, "{:15}", compared.guest)?;
        columns.iter().try_for_each(|column| column.print((column.figure)(compared), out))?;
        writeln!(out)?;
    }
    Ok(())
}

/// The geometric mean of each column.
fn print_means<F: Fn(&Compared) -> Option<f64>>(
    guests: &[Compared],
    columns: &[Column<F>],
    out: &mut impl Write,
) -> io::Result<()> {
    write!(out, "{:15}", "geometric mean")?;
    columns.iter().try_for_each(|column| {
        let figures: Vec<f64> = guests.iter().filter_map(&column.figure).collect();
        column.print(geometric_mean(&figures), out)
    })?;
    writeln!(out)
}

fn geometric_mean(values: &[f64]) -> Option<f64> {
    let logarithms: f64 = values.iter().map(|value| value.ln()).sum();
    (!values.is_empty()).then(|| (logarithms / values.len() as f64).exp())
}
