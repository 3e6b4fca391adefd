//! Which tables and chunks an emission covers.

use std::collections::BTreeSet;

use zkvm_machine::Class;

use crate::emit::options::EmitOptions;
use crate::emit::rows::Wanted;
use crate::table::schema::Table;

pub(super) struct Plan {
    tables: BTreeSet<Table>,
    /// First chunk.
    pub first: u64,
    /// The one after the last, if not all are wanted.
    pub end: Option<u64>,
    /// Whether all chunks and all tables are covered.
    pub complete: bool,
}

impl Plan {
    pub(super) fn new(options: &EmitOptions<'_>) -> Plan {
        let mut tables = options.tables.clone().unwrap_or_else(|| Table::all().collect());
        let (first, end) = options.chunks.as_ref().map_or((0, None), |range| (range.start, Some(range.end)));
        if end.is_some() {
            // The history of a word is known from its first access on only.
            tables.remove(&Table::Memory);
            tables.remove(&Table::MemoryBoundary);
        }
        let complete = end.is_none() && Table::all().all(|table| tables.contains(&table));
        Plan { tables, first, end, complete }
    }

    pub(super) fn has(&self, table: Table) -> bool {
        self.tables.contains(&table)
    }

    pub(super) fn wants_chunk(&self, index: u64) -> bool {
        index >= self.first && self.end.is_none_or(|end| index < end)
    }

    pub(super) fn wanted(&self) -> Wanted {
        Wanted {
            steps: Class::ALL.map(|class| self.has(Table::Steps(class))),
            operations: self.has(Table::Memory) || self.has(Table::MemoryBoundary),
        }
    }
}
