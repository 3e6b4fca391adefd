//! Rows → tables: every table is filled by a worker of its own with counts of its own; `lookup` comes last, from all counts.

use std::collections::HashMap;

use rayon::prelude::*;
use zkvm_circuit::check::Filled;
use zkvm_circuit::chips::{
    atomic, bitwise, compare, core, divide, ecall, leaf, lookup, misaligned, multiply, narrow, node, poseidon2,
    program::ProgramRows, program::rows as program_rows, shift, touch,
};
use zkvm_circuit::{Chip, ChipId, Counts, F, Machine, public_values};

use super::Segment;
use p3_matrix::dense::RowMajorMatrix;

/// A table and the facts it needs.
type Table = (RowMajorMatrix<F>, Counts);

/// The tables of a segment that have rows, in the order of the machine's chips.
pub(super) fn tables(machine: &Machine, program: &ProgramRows, segment: &mut Segment) -> Vec<Filled> {
    let askers = askers(segment);
    let statement = public_values(&segment.start, &segment.end);
    let filled: Vec<Option<Table>> = machine
        .chips()
        .par_iter()
        .map(|chip| {
            let mut counts = Counts::default();
            let rows = rows(chip, segment, program, &mut counts);
            rows.map(|rows| (rows, counts))
        })
        .collect();
    let mut counts = Counts::default();
    askers.iter().map(|(_, table)| table).chain(filled.iter().flatten()).for_each(|(_, other)| counts.merge(other));
    let mut askers: HashMap<ChipId, RowMajorMatrix<F>> = askers.into_iter().map(|(id, (rows, _))| (id, rows)).collect();
    let tables = machine.chips().iter().zip(filled).filter_map(|(chip, filled)| {
        let rows = match chip {
            Chip::Lookup(_) => lookup::rows(&counts),
            _ => askers.remove(&chip.id()).or(filled.map(|(rows, _)| rows))?,
        };
        let public = if chip.has_statement() { statement.clone() } else { Vec::new() };
        Some(Filled { chip: chip.clone(), rows, public })
    });
    tables.collect()
}

/// The tables whose rows ask units: filled first, so that what they ask gets rows too.
fn askers(segment: &mut Segment) -> Vec<(ChipId, Table)> {
    let mut tables = Vec::new();
    let mut units = Vec::new();
    let Segment { rows, .. } = segment;
    if !rows.misaligned.is_empty() {
        let mut counts = Counts::default();
        let steps = misaligned::rows(&rows.misaligned, &mut counts, &mut units, &mut rows.narrow);
        tables.push((ChipId::Misaligned, (steps, counts)));
    }
    if !rows.atomic.is_empty() {
        let mut counts = Counts::default();
        let steps = atomic::rows(&rows.atomic, &mut counts, &mut units);
        tables.push((ChipId::Atomic, (steps, counts)));
    }
    if !rows.divide.is_empty() {
        let mut counts = Counts::default();
        let calls = divide::rows(&rows.divide, &mut counts, &mut units);
        tables.push((ChipId::Divide, (calls, counts)));
    }
    units.into_iter().for_each(|call| rows.call(call));
    tables
}

/// The rows of one chip, or `None` if it has none or they are filled elsewhere.
fn rows(chip: &Chip, segment: &Segment, program: &ProgramRows, counts: &mut Counts) -> Option<RowMajorMatrix<F>> {
    let Segment { rows, openings, .. } = segment;
    fn used<T>(list: &[T]) -> Option<&[T]> {
        (!list.is_empty()).then_some(list)
    }
    match chip {
        Chip::Lookup(_) | Chip::Atomic(_) | Chip::Divide(_) | Chip::Misaligned(_) => None,
        Chip::Program(_) => Some(program_rows(&rows.program)),
        Chip::Core(_) => used(&rows.core).map(|steps| core::rows(steps, counts)),
        Chip::Bitwise(_) => used(&rows.bitwise).map(|calls| bitwise::rows(calls, counts)),
        Chip::Shift(_) => used(&rows.shift).map(|calls| shift::rows(calls, counts)),
        Chip::Compare(_) => used(&rows.compare).map(|calls| compare::rows(calls, counts)),
        Chip::Multiply(_) => used(&rows.multiply).map(|calls| multiply::rows(calls, counts)),
        Chip::Narrow(_) => used(&rows.narrow).map(|calls| narrow::rows(calls, counts)),
        Chip::Ecall(_) => used(&rows.ecall).map(|steps| ecall::rows(steps, counts)),
        Chip::Touch(_) => used(&rows.touch).map(|steps| touch::rows(steps, counts)),
        Chip::Node(_) => Some(node::rows(&openings.nodes, rows.end_time)),
        Chip::Leaf(_) => {
            used(&rows.leaves).map(|steps| leaf::rows(steps, &openings.leaves, |leaf| region(program, leaf), counts))
        }
        Chip::Poseidon2(_) => Some(poseidon2::rows(&openings.hashes)),
    }
}

/// First and last leaf of the mapped region `leaf` lies in.
fn region(program: &ProgramRows, leaf: u64) -> (u64, u64) {
    let region = program.region(leaf).expect("replay lets no step touch what is not mapped");
    (region.first, region.last)
}
