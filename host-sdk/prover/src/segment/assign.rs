//! Steps → rows: each step of a chunk becomes a row of the table that executes it, its accesses are stitched to the ones
//! before, and what it asks of units becomes rows of theirs.

use zkvm_circuit::cells::{LEAF_CELLS, READ_ONLY, START_TIME};
use zkvm_circuit::chips::atomic::AtomicStep;
use zkvm_circuit::chips::core::{self, CoreStep};
use zkvm_circuit::chips::ecall::EcallStep;
use zkvm_circuit::chips::leaf::LeafStep;
use zkvm_circuit::chips::misaligned::MisalignedStep;
use zkvm_circuit::chips::program::{CoreFields, ProgramRows};
use zkvm_circuit::chips::touch::TouchStep;
use zkvm_circuit::{NarrowCall, NarrowOp, Op, UnitCall};
use zkvm_machine::{Instruction, StepRecord, Width, holds};

use super::memory::CellMemory;

/// Leaves and nodes of the memory tree that a segment may open: each takes up to two hashes, four rows of `poseidon2` each, so
/// that table stays below 2^19 rows. A segment that touches more memory ends earlier.
const MAX_OPENED: usize = 1 << 16;

/// Misaligned accesses that a segment may make: each asks `shift` up to six times.
const MAX_MISALIGNED: usize = 1 << 17;

/// The rows of a segment, but for those that follow from others when tables are filled.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) core: Vec<CoreStep>,
    pub(super) bitwise: Vec<UnitCall>,
    pub(super) shift: Vec<UnitCall>,
    pub(super) compare: Vec<UnitCall>,
    pub(super) multiply: Vec<UnitCall>,
    pub(super) divide: Vec<UnitCall>,
    pub(super) narrow: Vec<NarrowCall>,
    pub(super) misaligned: Vec<MisalignedStep>,
    pub(super) atomic: Vec<AtomicStep>,
    pub(super) ecall: Vec<EcallStep>,
    pub(super) touch: Vec<TouchStep>,
    pub(super) leaves: Vec<LeafStep>,
    /// Uses of each row of the program.
    pub(super) program: Vec<u32>,
    /// Address of an instruction that the circuit cannot execute as the machine did.
    pub(super) unprovable: Option<u64>,
    /// Time after the last row.
    pub(super) end_time: u64,
}

impl Rows {
    fn new(program: &ProgramRows) -> Rows {
        Rows { program: vec![0; program.len()], ..Rows::default() }
    }

    /// A unit's call goes to the table that computes it.
    pub(super) fn call(&mut self, call: UnitCall) {
        let table = match call.op {
            Op::And | Op::Or | Op::Xor => &mut self.bitwise,
            Op::Sll | Op::Srl | Op::Sra | Op::Sllw | Op::Srlw | Op::Sraw => &mut self.shift,
            Op::Lt | Op::Ltu | Op::Eq | Op::Ne | Op::Ge | Op::Geu => &mut self.compare,
            Op::Mul | Op::Mulh | Op::Mulhsu | Op::Mulhu | Op::Mulw => &mut self.multiply,
            Op::Div | Op::Divu | Op::Rem | Op::Remu | Op::Divw | Op::Divuw | Op::Remw | Op::Remuw => &mut self.divide,
        };
        table.push(call);
    }
}

/// Assigns the steps of one segment after another.
pub(super) struct Assigner<'p> {
    program: &'p ProgramRows,
    memory: CellMemory,
    pub(super) time: u64,
    pub(super) rows: Rows,
}

/// A cell's value found, and the time it is from.
#[derive(Clone, Copy)]
pub(super) struct Access {
    pub(super) value: u64,
    pub(super) before: u64,
}

impl<'p> Assigner<'p> {
    pub(super) fn new(program: &'p ProgramRows, memory: CellMemory) -> Assigner<'p> {
        Assigner { program, memory, time: START_TIME, rows: Rows::new(program) }
    }

    /// Assigns one step.
    pub(super) fn step(&mut self, record: &StepRecord) {
        if let Some(row) = self.program.instruction(record.pc) {
            self.rows.program[row] += 1;
        }
        let aligned = record.access.is_none_or(|access| access.address % access.width.bytes() == 0);
        match CoreFields::of(record.pc, record.instruction) {
            Some(fields) if aligned => self.core(record, fields),
            Some(_) => self.misaligned(record),
            None if record.instruction == Instruction::Ecall => self.ecall(record),
            None => self.atomic(record),
        }
    }

    /// Whether one more step could let a table grow too high: the segment must end.
    pub(super) fn is_full(&self) -> bool {
        self.memory.opened() >= MAX_OPENED || self.rows.misaligned.len() >= MAX_MISALIGNED
    }

    /// Where a step cannot be proved, if one cannot.
    pub(super) fn unprovable(&self) -> Option<u64> {
        self.rows.unprovable
    }

    /// Ends the segment and begins the next one.
    pub(super) fn end_segment(&mut self) -> Rows {
        let program = self.program;
        let mut rows = std::mem::replace(&mut self.rows, Rows::new(program));
        let leaves = self.memory.end_segment(|leaf| program.region(leaf));
        leaves.iter().flat_map(LeafStep::calls).for_each(|call| rows.call(call));
        rows.leaves = leaves;
        for leaf in &rows.leaves {
            if let Some(region) = program.region(leaf.index) {
                rows.program[region.row] += 1;
            }
        }
        rows.end_time = std::mem::replace(&mut self.time, START_TIME);
        rows
    }

    pub(super) fn is_read_only(&self, cell: u64) -> bool {
        is_read_only(self.program, cell / LEAF_CELLS)
    }

    /// Accesses `cell` at `now`, over a bridge if its last access is too long ago.
    pub(super) fn access(&mut self, cell: u64, now: u64) -> Access {
        let found = self.memory.access(cell, now);
        if let Some(before) = found.bridged {
            let name = if self.is_read_only(cell) { cell + READ_ONLY } else { cell };
            self.rows.touch.push(TouchStep { cell: name, before, after: found.before, value: found.value });
        }
        Access { value: found.value, before: found.before }
    }

    /// Leaves `value` in a cell that has just been accessed.
    pub(super) fn put(&mut self, cell: u64, value: u64) {
        self.memory.put(cell, value);
    }

    fn core(&mut self, record: &StepRecord, fields: CoreFields) {
        let time = self.time;
        let word = record.access.map_or(0, |access| access.address / 8);
        let [r1, r2, r3] = fields.cells;
        let (second, third) = match (fields.flags.load, fields.flags.store) {
            (true, _) => (word, r3),
            (_, true) => (r2, word),
            _ => (r2, r3),
        };
        let first = self.access(r1, time);
        let found = self.access(second, time + 1);
        let old = self.access(third, time + 2);
        let new = result(record, old.value);
        self.memory.put(third, new);
        let step = CoreStep {
            pc: record.pc,
            next_pc: record.next_pc,
            time,
            fields,
            before: [first.before, found.before, old.before],
            first: first.value,
            second: found.value,
            old: old.value,
            new,
            read_only: fields.flags.load && self.is_read_only(second),
        };
        self.time += core::SLOTS;
        if let Some(op) = Op::of(record.instruction) {
            self.rows.call(UnitCall { op, a: step.first, b: step.second.wrapping_add(fields.imm), c: new });
        }
        if let Some(op) = narrow(record.instruction) {
            self.rows.narrow.push(step.narrow(op));
        }
        self.rows.core.push(step);
    }
}

fn is_read_only(program: &ProgramRows, leaf: u64) -> bool {
    program.region(leaf).is_some_and(|region| region.read_only)
}

/// What the third cell of a row of `core` gets, `old` being its value before.
fn result(record: &StepRecord, old: u64) -> u64 {
    match (record.instruction, record.access) {
        (Instruction::Store { width, .. }, Some(access)) => {
            let shift = 8 * (access.address % 8);
            let mask = width.mask() << shift;
            old & !mask | access.written.unwrap_or_default() << shift & mask
        }
        (Instruction::Branch { cond, .. }, _) => u64::from(holds(cond, record.rs1, record.rs2)),
        _ => record.rd,
    }
}

/// What a load or store asks of `narrow`, if anything.
fn narrow(instruction: Instruction) -> Option<NarrowOp> {
    match instruction {
        Instruction::Load { width, signedness, .. } if width != Width::Double => {
            Some(NarrowOp::Load(width, signedness))
        }
        Instruction::Store { width, .. } if width != Width::Double => Some(NarrowOp::Store(width)),
        _ => None,
    }
}
