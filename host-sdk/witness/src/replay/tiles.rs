//! Replay into tiles.

use std::ops::Range;

use zkvm_machine::{Class, Instruction, MachineState, Permissions, Program, StepRecord, Width};
use zkvm_trace::RegisterCheckpoint;
use zkvm_translator::{Replayer, Tile, TileColumn};

use super::memory::LogMemory;
use super::{ChunkRef, Engine, ReplayError, replay, replay_chunk};

/// Replays `chunk` of `program` natively and hands over the rows of its steps, by class and in order within each, a tile at
/// a time while it is in the processor's cache. `replayer` is one of `program`. Returns the state after the last step.
///
/// # Errors
/// [`ReplayError`], as from [`replay_chunk`]; what has been handed over until then means nothing.
pub fn replay_tiles(
    program: &Program,
    replayer: &mut Replayer<'_>,
    chunk: ChunkRef<'_>,
    consume: &mut dyn FnMut(Tile<'_>),
) -> Result<RegisterCheckpoint, ReplayError> {
    let mut wild = false;
    let mut checked = |tile: Tile<'_>| {
        wild |= !allowed(program, &tile);
        consume(tile);
    };
    let mut engine = Tiles { first: chunk.start.step, replayer, consume: &mut checked };
    let end = replay(program, chunk, &mut engine);
    match end {
        Ok(_) => engine.replayer.finish(engine.consume),
        Err(_) => engine.replayer.discard(),
    }
    match end {
        Ok(end) if !wild => Ok(end),
        // The reference semantics know what is wrong, and at which step.
        _ => {
            replay_chunk(program, chunk, |_, _| ())?;
            Err(ReplayError::Deviation { chunk: chunk.index, step: chunk.start.step })
        }
    }
}

struct Tiles<'t, 'r> {
    /// The chunk's first step.
    first: u64,
    replayer: &'t mut Replayer<'r>,
    consume: &'t mut dyn FnMut(Tile<'_>),
}

impl Engine for Tiles<'_, '_> {
    fn advance(&mut self, state: &mut MachineState, memory: &mut LogMemory<'_>, steps: Range<u64>) -> Option<u64> {
        let steps = steps.start - self.first..steps.end - self.first;
        self.replayer.advance(state, &mut memory.log, steps, self.consume)
    }

    fn record(&mut self, step: u64, record: &StepRecord) {
        let class = Class::of(record.instruction).expect("`ebreak` is never executed");
        self.replayer.push(step - self.first, class, record, self.consume);
    }
}

/// Whether all accesses of a tile's rows are allowed.
fn allowed(program: &Program, tile: &Tile<'_>) -> bool {
    let Some(addresses) = tile.column(TileColumn::Address) else { return true };
    let permissions = program.permissions();
    let stores = tile.class() == Class::Store;
    let clear = if stores { permissions.all_writable(addresses) } else { permissions.all_readable(addresses) };
    // At the end of a region it depends on the width.
    clear
        || tile.rows().all(|row| {
            let (address, width) = (row.values()[0], width(program, row.pc()));
            let check = if stores { Permissions::check_store } else { Permissions::check_load };
            width.is_some_and(|width| check(permissions, address, width).is_ok())
        })
}

fn width(program: &Program, pc: u64) -> Option<Width> {
    match program.fetch(pc).ok()? {
        Instruction::Load { width, .. } | Instruction::Store { width, .. } => Some(width),
        _ => None,
    }
}
