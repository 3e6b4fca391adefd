//! What the tables of a proof are made of.

use zkvm_circuit::chips::{MAX_LOG_HEIGHT, MIN_ROWS};
use zkvm_circuit::security::{ChipShape, security_bits};
use zkvm_circuit::{ChipId, Machine, Parameters, ProofError, SegmentProof};

/// The shapes of all tables.
#[derive(Clone, Debug)]
pub struct TableShapes(Vec<ChipShape>);

/// A table of a segment's proof, as the proof says; nothing is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvedTable {
    /// Which.
    pub chip: ChipId,
    /// log2 of its rows.
    pub log_rows: usize,
}

impl Default for TableShapes {
    fn default() -> TableShapes {
        TableShapes::new()
    }
}

impl TableShapes {
    /// Computes them: some tenths of a second.
    pub fn new() -> TableShapes {
        // No table's shape depends on the program's length.
        TableShapes::of(&Machine::for_verifier(MIN_ROWS.ilog2() as usize))
    }

    pub(super) fn of(machine: &Machine) -> TableShapes {
        TableShapes(machine.chips().iter().map(|chip| ChipShape::of(machine, chip)).collect())
    }

    /// Cells of so many rows of a table: main, permutation and quotient.
    pub fn cells(&self, chip: ChipId, rows: u64) -> u64 {
        rows * self.0[chip as usize].cells_per_row() as u64
    }

    /// Cells of a segment.
    pub fn cells_of(&self, tables: &[ProvedTable]) -> u64 {
        tables.iter().map(|table| self.cells(table.chip, 1 << table.log_rows)).sum()
    }

    /// Proven bits of security of a segment with these tables.
    pub fn security_bits(&self, tables: &[ProvedTable]) -> f64 {
        let tables: Vec<_> = tables.iter().map(|table| (self.0[table.chip as usize], table.log_rows)).collect();
        security_bits(&Parameters::DEFAULT, &tables)
    }
}

/// The tables that a segment's proof says it has.
///
/// # Errors
/// [`ProofError`] if it says nothing that makes sense.
pub fn proved_tables(segment: &SegmentProof) -> Result<Vec<ProvedTable>, ProofError> {
    let heights = segment.batch()?.degree_bits;
    if heights.len() != segment.chips.len() {
        return Err(ProofError::Malformed);
    }
    let table = |(&number, &log_rows): (&u8, &usize)| {
        let chip = *ChipId::ALL.get(usize::from(number))?;
        (log_rows <= MAX_LOG_HEIGHT).then_some(ProvedTable { chip, log_rows })
    };
    segment.chips.iter().zip(&heights).map(table).collect::<Option<_>>().ok_or(ProofError::Malformed)
}
