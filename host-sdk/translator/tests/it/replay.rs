//! Native replay against the reference's.

use std::collections::BTreeMap;

use zkvm_machine::{Class, MachineState, Program, StepRecord};
use zkvm_trace::{Chunk, MemoryReadLog, RegisterCheckpoint};
use zkvm_translator::{Replayer, Rom, Tile, TileColumn};
use zkvm_witness::{ChunkRef, replay_chunk, replay_tiles};

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
        if chunk.index < 2 {
            check_tampered(program, &mut replayer, chunk);
        }
    }
}

/// A chunk that has been changed replays natively as by the reference: to another end, or to the same error.
#[track_caller]
fn check_tampered(program: &Program, replayer: &mut Replayer<'_>, chunk: &Chunk) {
    let log = chunk.log.bytes();
    let changed = |start: &RegisterCheckpoint, steps: u64, log: &[u8]| {
        (start.clone(), steps, MemoryReadLog::from_bytes(log.to_vec()))
    };
    let with_state = |change: &dyn Fn(&mut MachineState)| {
        let mut start = chunk.start.clone();
        change(&mut start.state);
        changed(&start, chunk.steps, log)
    };
    let longer = [log, &[0x5a; 9]].concat();
    let flipped: Vec<u8> = log.iter().map(|byte| !byte).collect();
    let mut cases = vec![
        changed(&chunk.start, chunk.steps, &log[..log.len().saturating_sub(1)]),
        changed(&chunk.start, chunk.steps, &[]),
        changed(&chunk.start, chunk.steps, &longer),
        changed(&chunk.start, chunk.steps, &flipped),
        changed(&chunk.start, chunk.steps + 1, log),
        changed(&chunk.start, chunk.steps + 1000, &longer),
        with_state(&|state| state.pc += 4),
        with_state(&|state| state.pc += 2),
        with_state(&|state| state.pc ^= 1 << 40),
        with_state(&|state| state.reservation = None),
    ];
    // Others in other chunks.
    for index in (1 + chunk.steps as usize % 5..32).step_by(5) {
        cases.push(with_state(&|state| state.x[index] ^= 1 << 33));
        cases.push(with_state(&|state| state.x[index] = state.x[index].wrapping_add(4090)));
    }
    for (start, steps, log) in &cases {
        let chunk = ChunkRef { index: chunk.index, start, steps: *steps, log: log.bytes() };
        let expected = replay_chunk(program, chunk, |_, _| ());
        let native = replay_tiles(program, replayer, chunk, &mut |_| ());
        assert_eq!(native, expected, "chunk {} changed", chunk.index);
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
