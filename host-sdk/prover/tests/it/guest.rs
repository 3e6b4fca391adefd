//! Programs, the steps they take, and what the circuit says of the tables these make.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, Once};

use p3_field::PrimeCharacteristicRing;
use p3_matrix::Matrix;
use zkvm_circuit::cells::HALTED;
use zkvm_circuit::check::{Filled, RowCheck};
use zkvm_circuit::chips::program::ProgramRows;
use zkvm_circuit::{Chip, ChipId, F, Machine};
use zkvm_machine::{
    Event, Input, Instruction, MachineState, Memory, PagedMemory, Permissions, Program, StepRecord, Trap, Width, step,
};
use zkvm_prover::{MAX_SEGMENT_STEPS, Segmenter};
use zkvm_test_support::ElfBuilder;

/// A program, ready to be run and judged.
pub struct Guest {
    pub program: Program,
    pub rows: ProgramRows,
    pub machine: Machine,
    pub input: Input,
}

/// Memory that can be copied, with and without the program's rights.
#[derive(Clone)]
pub struct Ram<'p> {
    permissions: &'p Permissions,
    words: HashMap<u64, u64>,
}

impl Ram<'_> {
    pub fn word(&self, cell: u64) -> u64 {
        self.words.get(&cell).copied().unwrap_or(0)
    }

    /// Cells that have been written.
    pub fn cells(&self) -> impl Iterator<Item = u64> {
        self.words.keys().copied()
    }

    /// The bytes at `address`, whoever may read them.
    pub fn peek(&self, address: u64, width: Width) -> u64 {
        let both = u128::from(self.word(address / 8)) | u128::from(self.word(address / 8 + 1)) << 64;
        (both >> (8 * (address % 8))) as u64 & width.mask()
    }

    /// Overwrites the bytes at `address`, whoever may write them.
    pub fn poke(&mut self, address: u64, width: Width, value: u64) {
        for byte in 0..width.bytes() {
            let at = address.wrapping_add(byte);
            let shift = 8 * (at % 8);
            let word = self.words.entry(at / 8).or_insert(0);
            *word = *word & !(0xff << shift) | (value >> (8 * byte) & 0xff) << shift;
        }
    }
}

impl Memory for Ram<'_> {
    type Fault = Trap;

    fn load(&mut self, address: u64, width: Width) -> Result<u64, Trap> {
        self.permissions.check_load(address, width)?;
        Ok(self.peek(address, width))
    }

    fn store(&mut self, address: u64, width: Width, value: u64) -> Result<(), Trap> {
        self.permissions.check_store(address, width)?;
        self.poke(address, width, value);
        Ok(())
    }

    fn check_store(&mut self, address: u64, width: Width) -> Result<(), Trap> {
        self.permissions.check_store(address, width)
    }
}

/// Steps, and where they lead.
#[derive(Clone, Debug, Default)]
pub struct Run {
    pub records: Vec<StepRecord>,
    /// Where the machine is afterwards; [`HALTED`] after `exit`.
    pub pc: u64,
}

/// While it lives, this thread's panics say nothing: they are expected.
pub struct Quiet;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

impl Quiet {
    pub fn new() -> Quiet {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let loud = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                // Threads without a name are those that fill tables; what they cannot fill, a test with a name reports.
                if !QUIET.get() && std::thread::current().name().is_some() {
                    loud(panic);
                }
            }));
        });
        QUIET.set(true);
        Quiet
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        QUIET.set(false);
    }
}

/// How the circuit refuses tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refusal {
    /// A constraint of this chip fails.
    Constraint(&'static str),
    /// A bus is not balanced.
    Bus(&'static str),
    /// The tables cannot even be filled.
    Unbuilt,
}

const BUSES: [&str; 6] = ["state", "memory", "instr", "node", "hash", "range"];

fn bus_number(name: &str) -> usize {
    BUSES.iter().position(|bus| *bus == name).expect("a bus")
}

/// What does not depend on the program is made once.
static CHECKS: LazyLock<BTreeMap<ChipId, RowCheck>> = LazyLock::new(|| {
    let machine = Machine::for_verifier(6);
    machine.chips().iter().map(|chip| (chip.id(), RowCheck::new(chip))).collect()
});

impl Guest {
    /// A program of these instructions with this data.
    pub fn new(code: &[Instruction], data: Vec<u8>) -> Guest {
        Guest::from_elf(&ElfBuilder::new(code).data(data).build(), Input::default())
    }

    pub fn from_elf(elf: &[u8], input: Input) -> Guest {
        let program = Program::from_elf(elf).expect("a program");
        let rows = ProgramRows::new(&program);
        let machine = Machine::for_program(&rows);
        Guest { program, rows, machine, input }
    }

    pub fn state(&self) -> MachineState {
        MachineState::at_entry(self.program.entry())
    }

    pub fn ram(&self) -> Ram<'_> {
        let mut ram = Ram { permissions: self.program.permissions(), words: HashMap::new() };
        for segment in self.program.segments() {
            for (at, &byte) in (segment.region.start..).zip(&segment.data) {
                ram.poke(at, Width::Byte, byte.into());
            }
        }
        for (at, &byte) in (zkvm_abi::INPUT.start..).zip(&self.input.to_region()) {
            ram.poke(at, Width::Byte, byte.into());
        }
        ram
    }

    /// The true steps, as the reference machine takes them, up to `limit`: until `exit` or the step before a trap.
    pub fn run(&self, limit: usize) -> Run {
        let mut memory = PagedMemory::new(&self.program, &self.input);
        self.go_on(self.state(), &mut memory, limit)
    }

    /// The true steps from any state.
    pub fn go_on(&self, mut state: MachineState, memory: &mut impl Memory<Fault = Trap>, limit: usize) -> Run {
        let mut run = Run { records: Vec::new(), pc: state.pc };
        while run.records.len() < limit {
            let Ok(instruction) = self.program.fetch(state.pc) else { break };
            let Ok(record) = step(&mut state, instruction, memory) else { break };
            run.records.push(record);
            run.pc = state.pc;
            if let Some(Event::Exit { .. }) = record.event {
                run.pc = HALTED;
                break;
            }
        }
        run
    }

    pub fn segmenter(&self) -> Segmenter<'_> {
        Segmenter::new(&self.program, &self.rows, &self.input, MAX_SEGMENT_STEPS)
    }

    /// The tables of these steps as one segment, true or not.
    pub fn tables(&self, run: &Run) -> Vec<Filled> {
        self.segmenter().segment_of(&run.records, run.pc).tables(&self.machine, &self.rows)
    }

    /// Why the circuit refuses the segment of these steps, if it does.
    pub fn judge(&self, run: &Run) -> Option<Refusal> {
        let tables = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.tables(run)));
        match tables {
            Ok(tables) => self.refusal(&tables),
            Err(_) => Some(Refusal::Unbuilt),
        }
    }

    /// Why the circuit refuses these tables, if it does: the same as `check::violations`, but the first one found, cheap
    /// tables first.
    pub fn refusal(&self, tables: &[Filled]) -> Option<Refusal> {
        let constrained = |table: &&Filled| !matches!(table.chip, Chip::Lookup(_) | Chip::Program(_));
        let mut ordered: Vec<&Filled> = tables.iter().filter(constrained).collect();
        ordered.sort_by_key(|table| table.rows.values.len());
        for table in &ordered {
            let check = &CHECKS[&table.chip.id()];
            if (0..table.rows.height()).any(|row| !check.violated(table, row).is_empty()) {
                return Some(Refusal::Constraint(table.chip.id().name()));
            }
        }
        let mut sums: [HashMap<Vec<F>, F>; BUSES.len()] = Default::default();
        let mut add = |table: &Filled, check: &RowCheck| {
            for row in 0..table.rows.height() {
                check.messages(table, row, |bus, fields, count| {
                    *sums[bus_number(bus)].entry(fields).or_insert(F::ZERO) += count;
                });
            }
        };
        for table in tables.iter().filter(|table| !matches!(table.chip, Chip::Lookup(_))) {
            match table.chip {
                Chip::Program(_) => add(table, &RowCheck::new(&table.chip)),
                _ => add(table, &CHECKS[&table.chip.id()]),
            }
        }
        let unbalanced = |sums: &HashMap<Vec<F>, F>| sums.values().any(|sum| *sum != F::ZERO);
        let cheap = sums.len() - 1;
        if let Some(bus) = sums[..cheap].iter().position(unbalanced) {
            return Some(Refusal::Bus(BUSES[bus]));
        }
        let lookup = tables.iter().find(|table| matches!(table.chip, Chip::Lookup(_))).expect("always there");
        let check = &CHECKS[&ChipId::Lookup];
        for row in 0..lookup.rows.height() {
            check.messages(lookup, row, |bus, fields, count| {
                *sums[bus_number(bus)].entry(fields).or_insert(F::ZERO) += count;
            });
        }
        sums.iter().position(unbalanced).map(|bus| Refusal::Bus(BUSES[bus]))
    }
}

/// Instructions as tests write them.
pub mod code {
    use zkvm_machine::{AluOp, Instruction, OpWidth, Reg, Signedness, Width};

    pub const fn x(index: u32) -> Reg {
        Reg::new(index)
    }

    pub fn addi(rd: Reg, rs1: Reg, imm: i32) -> Instruction {
        Instruction::AluImm { op: AluOp::Add, width: OpWidth::W64, rd, rs1, imm }
    }

    pub fn add(rd: Reg, rs1: Reg, rs2: Reg) -> Instruction {
        alu(AluOp::Add, rd, rs1, rs2)
    }

    pub fn alu(op: AluOp, rd: Reg, rs1: Reg, rs2: Reg) -> Instruction {
        Instruction::Alu { op, width: OpWidth::W64, rd, rs1, rs2 }
    }

    pub fn ld(rd: Reg, rs1: Reg, offset: i32) -> Instruction {
        Instruction::Load { width: Width::Double, signedness: Signedness::Signed, rd, rs1, offset }
    }

    pub fn sd(rs2: Reg, rs1: Reg, offset: i32) -> Instruction {
        Instruction::Store { width: Width::Double, rs1, rs2, offset }
    }

    pub fn lui(rd: Reg, imm: u64) -> Instruction {
        Instruction::Lui { rd, imm: imm as i32 }
    }
}
