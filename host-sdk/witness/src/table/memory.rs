//! Rows of the memory tables in memory.

use crate::table::columns::Values;

/// Rows of [`crate::Table::Memory`].
#[derive(Debug, Default)]
pub(crate) struct MemoryRows {
    pub word_address: Vec<u32>,
    pub step: Vec<u64>,
    pub slot: Vec<u8>,
    pub kind: Vec<u8>,
    pub previous_step: Vec<u64>,
    pub previous_value: Vec<u64>,
    pub value: Vec<u64>,
    pub mask: Vec<u8>,
}

impl MemoryRows {
    pub fn len(&self) -> usize {
        self.step.len()
    }

    pub fn columns(&self) -> Vec<Values<'_>> {
        vec![
            Values::U32(&self.word_address),
            Values::U64(&self.step),
            Values::U8(&self.slot),
            Values::U8(&self.kind),
            Values::U64(&self.previous_step),
            Values::U64(&self.previous_value),
            Values::U64(&self.value),
            Values::U8(&self.mask),
        ]
    }

    pub fn clear(&mut self) {
        *self = MemoryRows {
            word_address: cleared(&mut self.word_address),
            step: cleared(&mut self.step),
            slot: cleared(&mut self.slot),
            kind: cleared(&mut self.kind),
            previous_step: cleared(&mut self.previous_step),
            previous_value: cleared(&mut self.previous_value),
            value: cleared(&mut self.value),
            mask: cleared(&mut self.mask),
        };
    }
}

/// Rows of [`crate::Table::MemoryBoundary`].
#[derive(Debug, Default)]
pub(crate) struct BoundaryRows {
    pub word_address: Vec<u32>,
    pub initial_value: Vec<u64>,
    pub final_value: Vec<u64>,
    pub last_step: Vec<u64>,
}

impl BoundaryRows {
    pub fn columns(&self) -> Vec<Values<'_>> {
        vec![
            Values::U32(&self.word_address),
            Values::U64(&self.initial_value),
            Values::U64(&self.final_value),
            Values::U64(&self.last_step),
        ]
    }

    pub fn clear(&mut self) {
        *self = BoundaryRows {
            word_address: cleared(&mut self.word_address),
            initial_value: cleared(&mut self.initial_value),
            final_value: cleared(&mut self.final_value),
            last_step: cleared(&mut self.last_step),
        };
    }
}

/// Rows of [`crate::Table::Counts`].
#[derive(Debug, Default)]
pub(crate) struct CountRows {
    pub pc: Vec<u32>,
    pub executions: Vec<u64>,
}

impl CountRows {
    /// The slots executed at least once.
    pub fn new(addresses: impl Iterator<Item = u64>, executions: &[u64]) -> CountRows {
        let executed = addresses.zip(executions).filter(|&(_, &count)| count > 0);
        let (pc, executions) = executed.map(|(pc, &count)| (pc as u32, count)).unzip();
        CountRows { pc, executions }
    }

    pub fn columns(&self) -> Vec<Values<'_>> {
        vec![Values::U32(&self.pc), Values::U64(&self.executions)]
    }
}

/// The vector's memory without its contents.
fn cleared<T>(values: &mut Vec<T>) -> Vec<T> {
    let mut values = std::mem::take(values);
    values.clear();
    values
}
