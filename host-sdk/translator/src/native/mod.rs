//! Execution of native code: guest window, code pages, signals, and the bookkeeping at entry and exit.

mod gs;
mod mapping;
mod pool;
mod replay;
mod signals;
mod window;

use zkvm_machine::{GuestMemory, Input, MachineState, Memory, Program, Reservation, Trap, Width};

use crate::engine::Machine;
use crate::layout::{JUMP_TABLE, STATE_BIAS, State, exit};
use crate::native_error::NativeError;
use crate::options::Mode;
use crate::rom::Rom;
use mapping::Mapping;
use signals::{Running, SignalGuard};
use window::Window;

pub use pool::log_buffers;
pub(crate) use replay::NativeReplay;

/// Whether this host can execute native code.
///
/// # Errors
/// [`NativeError`] says what is missing.
pub fn native_support() -> Result<(), NativeError> {
    if std::arch::is_x86_feature_detected!("bmi2") { Ok(()) } else { Err(NativeError::CpuFeature { feature: "bmi2" }) }
}

/// A guest that is executed natively.
pub(crate) struct NativeMachine<'p> {
    program: &'p Program,
    rom: &'p Rom,
    window: Window<'p>,
    code: Mapping,
    /// [`State`], then the jump table.
    state: Mapping,
    signals: SignalGuard,
    /// Takes the log of traced code when no trace is wanted.
    scratch_log: Vec<u8>,
}

impl<'p> NativeMachine<'p> {
    pub(crate) fn new(
        program: &'p Program,
        rom: &'p Rom,
        input: &Input,
        traced: bool,
    ) -> Result<NativeMachine<'p>, NativeError> {
        native_support()?;
        if rom.program() != program.id() {
            return Err(NativeError::OtherProgram { rom: rom.program(), program: program.id() });
        }
        let (found, expected) = (rom.options().mode, if traced { Mode::Traced } else { Mode::Untraced });
        if found == Mode::Replay || traced && found != expected {
            return Err(NativeError::Mode { found, expected });
        }
        let code = Mapping::executable(&rom.code)?;
        let state = state_block(program, rom, &code)?;
        let window = Window::new(program, input)?;
        let signals = SignalGuard::new()?;
        Ok(NativeMachine { program, rom, window, code, state, signals, scratch_log: Vec::new() })
    }

    fn state(&mut self) -> &mut State {
        // SAFETY: the mapping is page-aligned, at least `JUMP_TABLE` bytes long (`state_block`), zero-initialised, and
        // `State` consists of integers. Native code, which also writes it, does not run while the reference lives.
        unsafe { &mut *self.state.start().cast::<State>() }
    }

    /// Runs native code from `offset` on until it leaves.
    fn enter(&mut self, offset: u32) {
        let running = Running {
            code_start: self.code.start() as u64,
            code_end: self.code.start() as u64 + self.code.bytes() as u64,
            fault_exit: self.code.start() as u64 + u64::from(self.rom.fault_exit),
            state: self.state.start().cast(),
        };
        let target = running.code_start + u64::from(offset);
        self.state().target = target;
        gs::set(self.window.start() as u64);
        let bias = STATE_BIAS as usize;
        // SAFETY: within the state mapping, which is at least `JUMP_TABLE` > `STATE_BIAS` bytes long.
        let rbp = unsafe { self.state.start().add(bias) };
        // SAFETY: offset 0 of every Rom's code is the function `emit::frame` writes, with this signature.
        let enter: extern "sysv64" fn(*mut u8) = unsafe { std::mem::transmute(self.code.start()) };
        self.signals.during(&running, || enter(rbp));
    }

    /// Where native code stopped inside a block: steps of the block that were counted but not executed, and bytes of the
    /// block's log that were written but not counted.
    fn inside_block(&self, pc: u64) -> (u64, usize) {
        let (range, slot) = self.rom.slot_of(pc).expect("native code leaves at instructions of its program");
        let (start, end) = range.entries.block_of(slot);
        let text = self.program.text().iter().find(|text| text.start == range.start).expect("same program");
        let executed = text.slots[start..slot].iter().flatten();
        let logged = executed.filter_map(|instruction| instruction.logged_width());
        ((end - slot) as u64, logged.map(|width| width.bytes() as usize).sum())
    }
}

fn state_block(program: &Program, rom: &Rom, code: &Mapping) -> Result<Mapping, NativeError> {
    let table = crate::emit::table_range(program);
    let state = Mapping::read_write(JUMP_TABLE + 8 * table.slots as usize, "the jump table")?;
    // SAFETY: the mapping has room for the table behind the state, 8-byte aligned, and nothing else refers to it.
    let start = unsafe { state.start().add(JUMP_TABLE) }.cast::<u64>();
    // SAFETY: as above; fresh pages are 0, which is a valid u64.
    let slots = unsafe { std::slice::from_raw_parts_mut(start, table.slots as usize) };
    if let Some(range) = rom.ranges.iter().find(|range| range.start == table.start) {
        let base = code.start() as u64;
        for ((slot, &entry), &offset) in slots.iter_mut().zip(range.entries.flags()).zip(&range.offsets) {
            *slot = base + u64::from(if entry { offset } else { rom.not_entry });
        }
        range.adapters.iter().for_each(|&(slot, offset)| slots[slot as usize] = base + u64::from(offset));
    }
    Ok(state)
}

impl Machine for NativeMachine<'_> {
    fn advance(&mut self, state: &mut MachineState, budget: u64, log: Option<&mut Vec<u8>>) -> u64 {
        let (rom, program) = (self.rom, self.program);
        let Some(offset) = rom.entry(state.pc) else { return 0 };
        let map = rom.map_at(state.pc);
        let mut scratch = std::mem::take(&mut self.scratch_log);
        let discard = log.is_none();
        let log = log.unwrap_or(&mut scratch);
        if self.rom.options().mode == Mode::Traced {
            log.reserve(8 * budget as usize);
        }
        let log_start = log.spare_capacity_mut().as_mut_ptr() as u64;
        let fields = self.state();
        fields.x = state.x;
        map.mapped().for_each(|(index, home)| fields.host[usize::from(home)] = state.x[index]);
        let held = state.reservation.map_or((0, 0), |held| (held.address, held.width.bytes()));
        (fields.reservation_address, fields.reservation_bytes) = held;
        fields.steps = budget;
        fields.log = log_start;
        self.enter(offset);

        let code_start = self.code.start() as u64;
        let fields = self.state();
        let mut steps = budget - fields.steps;
        let mut log_bytes = (fields.log - log_start) as usize;
        let exit_kind = fields.exit_kind;
        state.pc = fields.exit_pc;
        if exit_kind == exit::FAULT {
            let offset = fields.fault_rip - code_start;
            state.pc = rom.pc_of(offset as u32).expect("only accesses of instructions fault");
        }
        let inside = matches!(exit_kind, exit::INSIDE_BLOCK | exit::FAULT);
        let values = match exit_kind {
            exit::NO_BLOCK => rom.common_map().values(),
            exit::BEFORE_BLOCK => rom.map_at(state.pc).values(),
            _ => rom.values_at(program, state.pc),
        };
        for (index, value) in values.into_iter().enumerate().skip(1) {
            state.x[index] = value.in_state(fields, index);
        }
        let width = [Width::Word, Width::Double].into_iter().find(|width| width.bytes() == fields.reservation_bytes);
        state.reservation = width.map(|width| Reservation { address: fields.reservation_address, width });
        if inside {
            let (steps_ahead, written) = self.inside_block(state.pc);
            steps -= steps_ahead;
            if rom.options().mode == Mode::Traced {
                log_bytes += written;
            }
        }
        if !discard {
            // SAFETY: native code has initialised exactly these bytes, within the `8 * budget` reserved above: each step
            // logs at most 8.
            unsafe { log.set_len(log.len() + log_bytes) };
        }
        self.scratch_log = scratch;
        steps
    }
}

impl Memory for NativeMachine<'_> {
    type Fault = Trap;

    fn load(&mut self, address: u64, width: Width) -> Result<u64, Trap> {
        self.window.load(address, width)
    }

    fn store(&mut self, address: u64, width: Width, value: u64) -> Result<(), Trap> {
        self.window.store(address, width, value)
    }

    fn check_store(&mut self, address: u64, width: Width) -> Result<(), Trap> {
        self.window.check_store(address, width)
    }
}

impl GuestMemory for NativeMachine<'_> {
    fn read_bytes(&self, address: u64, bytes: u64) -> Option<Vec<u8>> {
        self.window.read_bytes(address, bytes)
    }
}
