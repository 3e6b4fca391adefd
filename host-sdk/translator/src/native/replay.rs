//! Execution of replay's code: no guest memory, no faults, no signals; rows instead.

use std::ops::Range;

use zkvm_machine::{Class, MachineState, Program, StepRecord};
use zkvm_trace::LogReader;

use super::mapping::Mapping;
use super::{native_support, state_block};
use crate::layout::{STATE_BIAS, State, exit, tiles_offset};
use crate::native_error::NativeError;
use crate::options::Mode;
use crate::rom::Rom;
use crate::tiles::{ROUND, TILE_ROWS, TILES_BYTES, Tile, TileColumn, place};

/// Bytes of log that native code may read in a round.
const ROUND_LOG: usize = 8 * ROUND;

/// A program whose chunks are replayed natively.
pub(crate) struct NativeReplay<'r> {
    rom: &'r Rom,
    code: Mapping,
    /// [`State`], the jump table, the tiles.
    state: Mapping,
    /// Where in `state` the tiles begin.
    tiles: usize,
    /// The end of a log, with room behind it for all that a round may read.
    tail: Vec<u8>,
}

impl<'r> NativeReplay<'r> {
    pub(crate) fn new(program: &Program, rom: &'r Rom) -> Result<NativeReplay<'r>, NativeError> {
        native_support()?;
        if !std::arch::is_x86_feature_detected!("avx2") {
            return Err(NativeError::CpuFeature { feature: "avx2" });
        }
        if rom.program() != program.id() {
            return Err(NativeError::OtherProgram { rom: rom.program(), program: program.id() });
        }
        let (found, expected) = (rom.options().mode, Mode::Replay);
        if found != expected {
            return Err(NativeError::Mode { found, expected });
        }
        let code = Mapping::executable(&rom.code)?;
        let state = state_block(program, rom, &code, TILES_BYTES)?;
        let tiles = tiles_offset(crate::emit::table_range(program).slots);
        Ok(NativeReplay { rom, code, state, tiles, tail: vec![0; 2 * ROUND_LOG] })
    }

    fn state(&mut self) -> &mut State {
        // SAFETY: as in `NativeMachine::state`.
        unsafe { &mut *self.state.start().cast::<State>() }
    }

    /// Runs native code from `offset` on until it leaves.
    fn enter(&mut self, offset: u32) {
        self.state().target = self.code.start() as u64 + u64::from(offset);
        let bias = STATE_BIAS as usize;
        // SAFETY: within the state mapping.
        let rbp = unsafe { self.state.start().add(bias) };
        // SAFETY: offset 0 of every Rom's code is the function `emit::frame` writes, with this signature. Code of
        // `Mode::Replay` keeps to the stack's rules, reads the state block and at most `ROUND_LOG` bytes of log, and writes
        // the state block and at most `ROUND` rows of each tile, which `advance` and `hand_over` keep room for.
        let enter: extern "sysv64" fn(*mut u8) = unsafe { std::mem::transmute(self.code.start()) };
        enter(rbp);
    }

    /// Executes steps from number `steps.start` of the chunk on, at most up to `steps.end`, and stops before any that native
    /// code cannot execute; hands over what tiles become full. Returns how many it was, or `None` if the log has not enough.
    pub(crate) fn advance(
        &mut self,
        state: &mut MachineState,
        log: &mut LogReader<'_>,
        steps: Range<u64>,
        consume: &mut dyn FnMut(Tile<'_>),
    ) -> Option<u64> {
        let rom = self.rom;
        let Some((mut offset, map)) = rom.entry(state.pc) else { return Some(0) };
        let fields = self.state();
        fields.x = state.x;
        map.mapped().for_each(|(index, home)| fields.host[usize::from(home)] = state.x[index]);
        let mut done = steps.start;
        loop {
            let budget = (steps.end - done).min(ROUND as u64);
            let log_start = self.readable(log);
            let fields = self.state();
            fields.steps = budget;
            fields.log = log_start;
            fields.exit_pc = 0;
            fields.step_base = done + budget;
            self.enter(offset);
            let fields = self.state();
            let executed = budget - fields.steps;
            let (exit_kind, exit_pc) = (fields.exit_kind, fields.exit_pc);
            log.skip((fields.log - log_start) as usize)?;
            done += executed;
            self.hand_over(crate::tiles::FULL, consume);
            match rom.entry(exit_pc) {
                Some((next, _)) if exit_kind == exit::BEFORE_BLOCK && executed > 0 && done < steps.end => offset = next,
                _ => break,
            }
        }
        let fields = self.state();
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

    /// Adds the row of a step that the reference semantics have executed.
    pub(crate) fn push(&mut self, step: u64, class: Class, record: &StepRecord) {
        let row = self.state().rows[class as usize] as usize;
        assert!(row < TILE_ROWS, "full tiles are handed over first");
        let place = place(class);
        self.write(place.step + 4 * row, step as u32);
        self.write(place.pc + 4 * row, record.pc as u32);
        for (column, start) in TileColumn::of(class).iter().zip(place.values) {
            self.write(start + 8 * row, column.value(record));
        }
        self.state().rows[class as usize] += 1;
    }

    /// Hands over the tiles of more than `most` rows, and empties them.
    pub(crate) fn hand_over(&mut self, most: usize, consume: &mut dyn FnMut(Tile<'_>)) {
        for class in Class::ALL {
            let rows = self.state().rows[class as usize] as usize;
            if rows <= most {
                continue;
            }
            let place = place(class);
            let mut values: [&[u64]; 3] = [&[]; 3];
            for (values, start) in values.iter_mut().zip(place.values).take(TileColumn::of(class).len()) {
                *values = self.read(start, rows);
            }
            consume(Tile { class, step: self.read(place.step, rows), pc: self.read(place.pc, rows), values });
            self.state().rows[class as usize] = 0;
        }
    }

    fn write<T: Copy>(&mut self, offset: usize, value: T) {
        assert!(offset + size_of::<T>() <= TILES_BYTES && offset.is_multiple_of(size_of::<T>()));
        // SAFETY: the mapping has `TILES_BYTES` bytes from `tiles` on.
        let at = unsafe { self.state.start().add(self.tiles + offset) };
        // SAFETY: inside the tiles, as asserted, and aligned, since the mapping is.
        unsafe { at.cast::<T>().write(value) };
    }

    /// The first `rows` elements of the column at `offset`.
    fn read<T: Copy>(&self, offset: usize, rows: usize) -> &[T] {
        assert!(rows <= TILE_ROWS && offset + rows * size_of::<T>() <= TILES_BYTES);
        // SAFETY: the mapping has `TILES_BYTES` bytes from `tiles` on.
        let start = unsafe { self.state.start().add(self.tiles + offset) };
        // SAFETY: inside the tiles, as asserted, aligned, and initialised, as fresh pages are; native code, which also writes
        // them, does not run while the reference lives. `T` is an integer.
        unsafe { std::slice::from_raw_parts(start.cast::<T>(), rows) }
    }
}
