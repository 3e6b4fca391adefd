//! The comparison as a picture: per guest how many million of our machine's instructions each executor gets done per
//! second. By the same work for all, not by each one's own count.
use std::fmt::Write;

use crate::executors::Kind;
use crate::report::{Compared, Report};

/// Who is shown, and in which colour.
const SHOWN: [(Kind, &str); 5] = [
    (Kind::ZkvmTrace, "#1a7f37"),
    (Kind::ZkvmRun, "#8fd19e"),
    (Kind::Sp1Trace, "#cf222e"),
    (Kind::Sp1Run, "#f5a3a8"),
    (Kind::PolkavmGas, "#8c959f"),
];

const LEFT: f64 = 90.0;
const BARS: f64 = 640.0;
const BAR: f64 = 11.0;
const GAP: f64 = 12.0;
const TOP: f64 = 64.0;

/// An SVG file.
pub fn draw(report: &Report) -> String {
    let rates: Vec<Vec<Option<f64>>> = report.guests.iter().map(rates).collect();
    let most = rates.iter().flatten().flatten().copied().fold(1.0, f64::max);
    let group = BAR * SHOWN.len() as f64 + GAP;
    let (width, height) = (LEFT + BARS + 70.0, TOP + group * report.guests.len() as f64);
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">
<rect width="{width}" height="{height}" fill="#ffffff"/>
<text x="10" y="20" font-size="14">Million instructions per second, by the same work (one core; longer is faster)</text>
"##
    );
    for (index, (kind, colour)) in SHOWN.iter().enumerate() {
        let x = 10.0 + 150.0 * index as f64;
        svg += &format!(r#"<rect x="{x}" y="34" width="11" height="11" fill="{colour}"/>"#);
        svg += &format!("<text x=\"{}\" y=\"44\">{kind}</text>\n", x + 16.0);
    }
    for (index, (compared, rates)) in report.guests.iter().zip(&rates).enumerate() {
        let top = TOP + group * index as f64;
        let middle = top + group / 2.0;
        svg += &format!("<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\">{}</text>\n", LEFT - 8.0, compared.guest);
        for (line, ((_, colour), rate)) in SHOWN.iter().zip(rates).enumerate() {
            let Some(rate) = rate else { continue };
            let (y, length) = (top + BAR * line as f64, BARS * rate / most);
            svg +=
                &format!(r#"<rect x="{LEFT}" y="{y:.1}" width="{length:.1}" height="{}" fill="{colour}"/>"#, BAR - 1.0);
            _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"9\">{rate:.0}</text>",
                LEFT + length + 4.0,
                y + BAR - 2.5
            );
        }
    }
    svg + "</svg>\n"
}

fn rates(compared: &Compared) -> Vec<Option<f64>> {
    let work = compared.measured.get(&Kind::ZkvmRun).and_then(|measured| measured.instructions);
    let rate = |kind| Some(work? as f64 / compared.measured.get(&kind)?.seconds / 1e6);
    SHOWN.iter().map(|&(kind, _)| rate(kind)).collect()
}
