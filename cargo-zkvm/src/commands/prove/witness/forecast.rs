//! How large a witness will be: steps are counted, and their classes taken from a sample of the chunks.

use std::collections::BTreeMap;
use std::ops::Range;

use zkvm_sdk::witness::{Class, Table, forecast};
use zkvm_sdk::{Chunk, Program, Run, replay_chunk};

/// What is known before anything is written.
pub struct Forecast {
    /// The counting run.
    pub run: Run,
    /// Bytes of the tables that are wanted.
    pub bytes: u64,
}

/// Steps of the chunks sampled so far, by class.
pub struct Sample<'p> {
    program: &'p Program,
    wanted: Range<u64>,
    tables: &'p [Table],
    classes: BTreeMap<Class, u64>,
    sampled_steps: u64,
    wanted_steps: u64,
}

impl<'p> Sample<'p> {
    pub fn new(program: &'p Program, chunks: Option<Range<u64>>, tables: &'p [Table]) -> Sample<'p> {
        let wanted = chunks.unwrap_or(0..u64::MAX);
        Sample { program, wanted, tables, classes: BTreeMap::new(), sampled_steps: 0, wanted_steps: 0 }
    }

    /// The chunks 0, 1, 2, 4, 8, … of those wanted are looked at: a dozen of them, however long the run is.
    pub fn chunk(&mut self, chunk: &Chunk) {
        if !self.wanted.contains(&chunk.index) {
            return;
        }
        self.wanted_steps += chunk.steps;
        let number = chunk.index - self.wanted.start;
        if number != 0 && !number.is_power_of_two() {
            return;
        }
        self.sampled_steps += chunk.steps;
        let classes = &mut self.classes;
        // A trace that does not replay is an error of the emission, which says so.
        let _ = replay_chunk(self.program, chunk.into(), |_, record| {
            if let Some(class) = Class::of(record.instruction) {
                let access = record.access.as_ref();
                let class = access.map_or(class, |access| class.at_address(access.address, access.width.bytes()));
                *classes.entry(class).or_insert(0) += 1;
            }
        });
    }

    pub fn finish(self, run: Run) -> Forecast {
        let scale = self.wanted_steps as f64 / self.sampled_steps.max(1) as f64;
        let steps: Vec<_> =
            self.classes.iter().map(|(&class, &steps)| (class, (steps as f64 * scale).ceil() as u64)).collect();
        let is_all = self.tables.is_empty() && self.wanted == (0..u64::MAX);
        let has_memory = self.tables.iter().any(|table| matches!(table, Table::Memory | Table::MemoryBoundary));
        let bytes = if is_all || has_memory {
            forecast(&steps)
        } else {
            let is_wanted = |table| self.tables.is_empty() || self.tables.contains(&table);
            let rows = |&(class, steps): &(Class, u64)| {
                let table = Table::Steps(class);
                if is_wanted(table) { steps * table.row_bytes() } else { 0 }
            };
            steps.iter().map(rows).sum::<u64>() + forecast(&[])
        };
        Forecast { run, bytes }
    }
}
