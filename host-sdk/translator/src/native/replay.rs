//! Execution of replay's code: no guest memory, no faults, no signals; rows instead.

use std::ops::Range;

use zkvm_machine::{Class, MachineState, Program, StepRecord};
use zkvm_trace::LogReader;

use super::mapping::Mapping;
use super::{native_support, state_block};
use crate::layout::{STATE_BIAS, State, exit};
use crate::native_error::NativeError;
use crate::options::Mode;
use crate::rom::Rom;
use crate::tiles::{FULL, ROUND, Tile, row_cells, row_of};

/// Bytes of log that native code may read in a round.
const ROUND_LOG: usize = 8 * ROUND;

/// A tile that is being filled. Where it ends is in [`State`], where native code moves it.
struct OpenTile {
    class: Class,
    /// Room for the rows of a tile that is not full, of a round, and of a step more.
    cells: Vec<u64>,
}

impl OpenTile {
    fn new(class: Class) -> OpenTile {
        OpenTile { class, cells: vec![0; (FULL + ROUND + 1) * row_cells(class)] }
    }

    fn start(&self) -> u64 {
        self.cells.as_ptr() as u64
    }
}

/// A program whose chunks are replayed natively.
pub(crate) struct NativeReplay<'r> {
    rom: &'r Rom,
    code: Mapping,
    /// [`State`], the jump table.
    state: Mapping,
    /// Those of the classes of the program's instructions.
    tiles: Vec<OpenTile>,
    /// The end of a log, with room behind it for all that a round may read.
    tail: Vec<u8>,
}

impl<'r> NativeReplay<'r> {
    pub(crate) fn new(program: &Program, rom: &'r Rom) -> Result<NativeReplay<'r>, NativeError> {
        native_support()?;
        if !std::arch::is_x86_feature_detected!("avx") {
            return Err(NativeError::CpuFeature { feature: "avx" });
        }
        if rom.program() != program.id() {
            return Err(NativeError::OtherProgram { rom: rom.program(), program: program.id() });
        }
        let (found, expected) = (rom.options().mode, Mode::Replay);
        if found != expected {
            return Err(NativeError::Mode { found, expected });
        }
        let code = Mapping::executable(&rom.code)?;
        let state = state_block(program, rom, &code)?;
        let used = |class: &Class| {
            let slots = program.text().iter().flat_map(|range| &range.slots);
            slots.flatten().any(|&instruction| Class::of(instruction) == Some(*class))
        };
        let tiles = Class::ALL.into_iter().filter(used).map(OpenTile::new).collect();
        let mut replay = NativeReplay { rom, code, state, tiles, tail: vec![0; ROUND_LOG] };
        for index in 0..replay.tiles.len() {
            let tile = &replay.tiles[index];
            let (class, start) = (tile.class, tile.start());
            replay.state().tile_ends[class as usize] = start;
        }
        Ok(replay)
    }

    fn state(&mut self) -> &mut State {
        // SAFETY: as in `NativeMachine::state`.
        unsafe { &mut *self.state.start().cast::<State>() }
    }

    /// Runs native code for at most `budget` steps from `offset` on. The log must have `ROUND_LOG` readable bytes, and no tile
    /// may be full.
    fn round(&mut self, offset: u32, step: u64, budget: usize, log: u64) {
        assert!(budget <= ROUND);
        let target = self.code.start() as u64 + u64::from(offset);
        let fields = self.state();
        fields.target = target;
        fields.steps = budget as u64;
        fields.log = log;
        fields.exit_pc = 0;
        fields.step = [step << 32; 2];
        let bias = STATE_BIAS as usize;
        // SAFETY: within the state mapping.
        let rbp = unsafe { self.state.start().add(bias) };
        // SAFETY: offset 0 of every Rom's code is the function `emit::frame` writes, with this signature. Code of
        // `Mode::Replay` keeps to the stack's rules, reads the state block and at most 8 bytes of log per step, and writes
        // the state block and one row per step, for all of which tiles that are not full have room.
        let enter: extern "sysv64" fn(*mut u8) = unsafe { std::mem::transmute(self.code.start()) };
        enter(rbp);
    }

    /// Executes steps from number `steps.start` of the chunk on, at most up to `steps.end`, and stops before any that native
    /// code cannot execute; hands over what tiles become full. Returns how many it was, or `None` if the log has not enough or
    /// one of them traps.
    pub(crate) fn advance(
        &mut self,
        state: &mut MachineState,
        log: &mut LogReader<'_>,
        steps: Range<u64>,
        consume: &mut dyn FnMut(Tile<'_>),
    ) -> Option<u64> {
        let rom = self.rom;
        let Some(mut offset) = rom.entry(state.pc) else { return Some(0) };
        let map = rom.map_at(state.pc);
        let fields = self.state();
        fields.x = state.x;
        map.mapped().for_each(|(index, home)| fields.host[usize::from(home)] = state.x[index]);
        let mut done = steps.start;
        loop {
            let budget = (steps.end - done).min(ROUND as u64);
            let log_start = self.readable(log);
            self.round(offset, done, budget as usize, log_start);
            let fields = self.state();
            let executed = budget - fields.steps;
            let (exit_kind, exit_pc) = (fields.exit_kind, fields.exit_pc);
            log.skip((fields.log - log_start) as usize)?;
            done += executed;
            self.hand_over(FULL, consume);
            match rom.entry(exit_pc) {
                Some(next) if exit_kind == exit::BEFORE_BLOCK && executed > 0 && done < steps.end => offset = next,
                _ => break,
            }
        }
        let fields = self.state();
        if !fields.exit_pc.is_multiple_of(4) {
            // The jump there traps.
            return None;
        }
        state.pc = fields.exit_pc;
        let map = if fields.exit_kind == exit::NO_BLOCK { rom.common_map() } else { rom.map_at(state.pc) };
        for (index, value) in map.values().into_iter().enumerate().skip(1) {
            state.x[index] = value.in_state(fields, index);
        }
        Some(done - steps.start)
    }

    /// Where the rest of the log is, with at least [`ROUND_LOG`] bytes that may be read.
    fn readable(&mut self, log: &LogReader<'_>) -> u64 {
        let rest = log.rest();
        if rest.len() >= ROUND_LOG {
            return rest.as_ptr() as u64;
        }
        self.tail[..rest.len()].copy_from_slice(rest);
        self.tail.as_ptr() as u64
    }

    /// Adds the row of a step that the reference semantics have executed. No tile may be full.
    pub(crate) fn push(&mut self, step: u64, class: Class, record: &StepRecord) {
        let end = self.state().tile_ends[class as usize];
        let tile = self.tiles.iter_mut().find(|tile| tile.class == class).expect("a class of the program");
        let first = (end - tile.start()) as usize / 8;
        tile.cells[first..].iter_mut().zip(row_of(step, class, record)).for_each(|(cell, value)| *cell = value);
        self.state().tile_ends[class as usize] += 8 * row_cells(class) as u64;
    }

    /// Hands over the tiles of more than `most` rows, and empties them.
    pub(crate) fn hand_over(&mut self, most: usize, consume: &mut dyn FnMut(Tile<'_>)) {
        // SAFETY: as in `state`, which borrows too much.
        let fields = unsafe { &mut *self.state.start().cast::<State>() };
        for tile in &self.tiles {
            let end = &mut fields.tile_ends[tile.class as usize];
            let cells = (*end - tile.start()) as usize / 8;
            if cells > most * row_cells(tile.class) {
                consume(Tile::new(tile.class, &tile.cells[..cells]));
                *end = tile.start();
            }
        }
    }
}
