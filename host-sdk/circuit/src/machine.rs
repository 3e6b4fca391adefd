//! A machine: the list of chips for a program, and what Plonky3 wants to know of those that a segment uses.

use p3_air::BaseAir;
use p3_batch_stark::CommonData;
use p3_batch_stark::common::{GlobalPreprocessed, PreprocessedInstanceMeta};
use p3_lookup::logup::LogUpGadget;
use p3_lookup::{LookupError, Lookups, check_bus_widths};

use crate::chip::{Chip, ChipId};
use crate::chips::{
    atomic::Atomic, bitwise::Bitwise, compare::Compare, core::Core, divide::Divide, ecall::Ecall, leaf::Leaf,
    lookup::Lookup, misaligned::Misaligned, multiply::Multiply, narrow::Narrow, node::Node, poseidon2::Poseidon2,
    program::Program, program::ProgramRows, shift::Shift, touch::Touch,
};
use crate::config::{Commitment, Config};
use crate::counts::LOOKUP_ROWS;
use crate::field::{EF, F};

/// Greatest degree to which messages of a bus are folded into one column: five, so four messages in a column, where that
/// saves more columns than it adds chunks to the quotient; three, the degree of most constraints, elsewhere.
fn fold_degree(chip: ChipId) -> usize {
    use ChipId::{Atomic, Core, Divide, Leaf, Misaligned, Multiply, Shift};
    if matches!(chip, Core | Shift | Multiply | Divide | Misaligned | Atomic | Leaf) { 5 } else { 3 }
}

/// The chips of a program, in the order of their ids.
#[derive(Clone, Debug)]
pub struct Machine {
    chips: Vec<Chip>,
    lookups: Vec<Lookups<F>>,
    log_program_rows: usize,
}

impl Machine {
    /// The machine that proves a program with these rows.
    pub fn for_program(rows: &ProgramRows) -> Machine {
        let fixed = Some(rows.fixed.clone());
        let log_rows = (rows.fixed.values.len() / rows.fixed.width).ilog2() as usize;
        Machine::new(Program { fixed }, log_rows)
    }

    /// The machine of a verifier, who knows of the program's rows only how many (2^`log_program_rows`) they are.
    pub fn for_verifier(log_program_rows: usize) -> Machine {
        Machine::new(Program { fixed: None }, log_program_rows)
    }

    fn new(program: Program, log_program_rows: usize) -> Machine {
        let chips = vec![
            Chip::Lookup(Lookup),
            Chip::Program(program),
            Chip::Core(Core),
            Chip::Bitwise(Bitwise),
            Chip::Shift(Shift),
            Chip::Compare(Compare),
            Chip::Multiply(Multiply),
            Chip::Divide(Divide),
            Chip::Narrow(Narrow),
            Chip::Misaligned(Misaligned),
            Chip::Atomic(Atomic),
            Chip::Ecall(Ecall),
            Chip::Touch(Touch),
            Chip::Node(Node),
            Chip::Leaf(Leaf),
            Chip::Poseidon2(Poseidon2),
        ];
        let fold = |chip: &Chip| {
            Lookups::from_air::<EF, Chip>(chip).pack_same_bus(&LogUpGadget::new(), fold_degree(chip.id()))
        };
        let lookups = chips.iter().map(fold).collect();
        Machine { chips, lookups, log_program_rows }
    }

    /// The chips.
    pub fn chips(&self) -> &[Chip] {
        &self.chips
    }

    /// The chip `id`, if the machine has it.
    pub fn chip(&self, id: ChipId) -> Option<&Chip> {
        self.chips.iter().find(|chip| chip.id() == id)
    }

    /// The folded messages of the chip `id`.
    pub fn lookups(&self, id: ChipId) -> Option<&Lookups<F>> {
        let at = self.chips.iter().position(|chip| chip.id() == id)?;
        Some(&self.lookups[at])
    }

    /// log2 of the height of a chip whose height the program fixes.
    pub fn fixed_log_height(&self, chip: &Chip) -> Option<usize> {
        match chip {
            Chip::Lookup(_) => Some(LOOKUP_ROWS.ilog2() as usize),
            Chip::Program(_) => Some(self.log_program_rows),
            _ => None,
        }
    }

    /// Whether every segment must have the chip: those with fixed columns, and the one that holds the statement.
    pub fn required(&self, chip: &Chip) -> bool {
        self.fixed_log_height(chip).is_some() || chip.has_statement()
    }

    /// What Plonky3 shares between prover and verifier for a segment with these chips, in ascending order.
    pub fn common(&self, present: &[ChipId], commitment: Commitment) -> CommonData<Config> {
        let chips: Vec<&Chip> = present.iter().filter_map(|&id| self.chip(id)).collect();
        let lookups = present.iter().filter_map(|&id| self.lookups(id).cloned()).collect();
        let mut matrix_to_instance = Vec::new();
        let mut instances = Vec::new();
        for (index, chip) in chips.into_iter().enumerate() {
            instances.push(self.fixed_log_height(chip).map(|degree_bits| {
                matrix_to_instance.push(index);
                let matrix_index = matrix_to_instance.len() - 1;
                PreprocessedInstanceMeta { matrix_index, width: chip.preprocessed_width(), degree_bits }
            }));
        }
        CommonData::new(Some(GlobalPreprocessed { commitment, instances, matrix_to_instance }), lookups)
    }

    /// Checks that all messages of each bus have one width.
    ///
    /// # Errors
    /// Plonky3's, naming the bus.
    pub fn check_bus_widths(&self) -> Result<usize, LookupError> {
        check_bus_widths(&self.lookups)
    }
}
