//! What the circuit is made of, as a text in `shapes.txt`: a change of it is seen. `UPDATE_SHAPES=1` writes the file anew.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use zkvm_circuit::check::interactions;
use zkvm_circuit::chips::{MAX_LOG_HEIGHT, MIN_ROWS};
use zkvm_circuit::security::{ChipShape, security_bits};
use zkvm_circuit::{Machine, Parameters};

fn text() -> String {
    let machine = Machine::for_verifier(MAX_LOG_HEIGHT);
    let mut text = String::new();
    let mut line = |line: std::fmt::Arguments<'_>| writeln!(text, "{line}").expect("text in memory");
    line(format_args!("{:?}", Parameters::DEFAULT));
    line(format_args!("tables of {MIN_ROWS} to 2^{MAX_LOG_HEIGHT} rows"));
    line(format_args!(""));
    line(format_args!("table       main fixed permutation cells/row constraints degree chunks next-row messages"));
    let mut widths: BTreeMap<String, usize> = BTreeMap::new();
    let mut shapes = Vec::new();
    for chip in machine.chips() {
        let shape = ChipShape::of(&machine, chip);
        shapes.push(shape);
        let mut messages: BTreeMap<String, usize> = BTreeMap::new();
        for message in interactions(chip) {
            *messages.entry(message.bus_name.clone()).or_insert(0) += 1;
            widths.insert(message.bus_name.clone(), message.fields.len());
        }
        let messages: Vec<String> = messages.iter().map(|(bus, count)| format!("{bus} {count}")).collect();
        line(format_args!(
            "{:11} {:4} {:5} {:11} {:9} {:11} {:6} {:6} {:8} {}",
            chip.id().name(),
            shape.main,
            shape.preprocessed,
            shape.permutation,
            shape.cells_per_row(),
            shape.constraints,
            shape.degree,
            shape.quotient_chunks,
            if shape.next_row { "yes" } else { "no" },
            messages.join(", "),
        ));
    }
    line(format_args!(""));
    for (bus, width) in widths {
        line(format_args!("bus {bus}: {width} fields"));
    }
    line(format_args!(""));
    for log_height in [MIN_ROWS.ilog2() as usize, 16, 20, MAX_LOG_HEIGHT] {
        let tables: Vec<_> = shapes.iter().map(|shape| (*shape, log_height)).collect();
        line(format_args!("2^{log_height} rows each: {:.1} bits", security_bits(&Parameters::DEFAULT, &tables)));
    }
    text
}

#[test]
fn the_circuit_is_the_one_written_down() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/shapes.txt");
    let text = text();
    if std::env::var_os("UPDATE_SHAPES").is_some() {
        std::fs::write(&path, &text).expect("the file can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == written, "UPDATE_SHAPES=1 writes this to shapes.txt, if it is meant so:\n{text}");
}
