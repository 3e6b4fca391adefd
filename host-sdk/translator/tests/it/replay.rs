//! Native replay against the reference's.

use std::collections::BTreeMap;

use zkvm_machine::{Class, Program, StepRecord};
use zkvm_trace::Chunk;
use zkvm_translator::{Replayer, Rom, Tile, TileColumn};
use zkvm_witness::{replay_chunk, replay_tiles};

/// Step, pc and values.
type Row = (u64, u64, Vec<u64>);

/// Native replay of each chunk writes the rows that the reference's steps make, and ends in the same state.
#[track_caller]
pub fn check_replay(program: &Program, rom: &Rom, chunks: &[Chunk]) {
    let mut replayer = Replayer::new(program, rom).unwrap();
    for chunk in chunks {
        let mut expected: BTreeMap<Class, Vec<Row>> = BTreeMap::new();
        let end = replay_chunk(program, chunk.into(), |step, record| {
            let class = Class::of(record.instruction).unwrap();
            let values = TileColumn::of(class).iter().map(|&column| value(column, record)).collect();
            expected.entry(class).or_default().push((step - chunk.start.step, record.pc, values));
        });
        let mut rows: BTreeMap<Class, Vec<Row>> = BTreeMap::new();
        let mut consume = |tile: Tile<'_>| rows.entry(tile.class()).or_default().extend(rows_of(&tile));
        let native_end = replay_tiles(program, &mut replayer, chunk.into(), &mut consume);
        assert_eq!(native_end, end, "chunk {}", chunk.index);
        for (class, expected) in &expected {
            let rows = rows.get(class).map_or(&[][..], |rows| rows);
            for (row, expected) in rows.iter().zip(expected) {
                assert_eq!(row, expected, "{} of chunk {}", class.name(), chunk.index);
            }
            assert_eq!(rows.len(), expected.len(), "rows of {}", class.name());
        }
        assert_eq!(rows.len(), expected.len(), "classes");
    }
}

fn value(column: TileColumn, record: &StepRecord) -> u64 {
    match column {
        TileColumn::Rs1Value => record.rs1,
        TileColumn::Rs2Value => record.rs2,
        TileColumn::RdValue => record.rd,
        TileColumn::Address => record.access.unwrap().address,
    }
}

fn rows_of(tile: &Tile<'_>) -> Vec<Row> {
    tile.rows().map(|row| (row.step(), row.pc(), row.values().to_vec())).collect()
}
