//! Which tables there are and what their columns mean. `docs/witness-format.md` is the prose of this file.

use zkvm_machine::Class;

/// Version of the witness format.
pub const FORMAT_VERSION: u32 = 1;

/// Rows per record batch of a table file; the last batch holds the rest.
pub const BATCH_ROWS: usize = 1 << 16;

/// `previous_step` of a word's first access: its previous value is the initial one.
pub const INITIAL: u64 = u64::MAX;

/// Element type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Unsigned, 8 bits.
    U8,
    /// Unsigned, 32 bits.
    U32,
    /// Signed, 32 bits.
    I32,
    /// Unsigned, 64 bits.
    U64,
}

impl ColumnType {
    /// As in the manifest.
    pub const fn name(self) -> &'static str {
        match self {
            ColumnType::U8 => "u8",
            ColumnType::U32 => "u32",
            ColumnType::I32 => "i32",
            ColumnType::U64 => "u64",
        }
    }

    /// Bytes of an element.
    pub const fn bytes(self) -> u64 {
        match self {
            ColumnType::U8 => 1,
            ColumnType::U32 | ColumnType::I32 => 4,
            ColumnType::U64 => 8,
        }
    }
}

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the file.
    pub name: &'static str,
    /// Element type.
    pub kind: ColumnType,
    /// Unit of the values.
    pub unit: &'static str,
    /// Meaning in one line.
    pub meaning: &'static str,
}

const fn column(name: &'static str, kind: ColumnType, unit: &'static str, meaning: &'static str) -> Column {
    Column { name, kind, unit, meaning }
}

/// A table of the witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// The steps of a class of instructions, in order of step.
    Steps(Class),
    /// All accesses to memory, by word and step.
    Memory,
    /// Initial and final value of every word accessed.
    MemoryBoundary,
    /// Executions per instruction.
    Counts,
}

impl Table {
    /// All tables, in the order of the manifest.
    pub fn all() -> impl Iterator<Item = Table> {
        let others = [Table::Memory, Table::MemoryBoundary, Table::Counts];
        Class::ALL.into_iter().map(Table::Steps).chain(others)
    }

    /// Name of the table; its file is `<name>.arrow`.
    pub const fn name(self) -> &'static str {
        match self {
            Table::Steps(class) => class.name(),
            Table::Memory => "memory",
            Table::MemoryBoundary => "memory_boundary",
            Table::Counts => "counts",
        }
    }

    /// The table called `name`.
    pub fn by_name(name: &str) -> Option<Table> {
        Table::all().find(|table| table.name() == name)
    }

    /// Name of the table's file.
    pub fn file_name(self) -> String {
        format!("{}.arrow", self.name())
    }

    /// Its columns, in order.
    pub fn columns(self) -> Vec<Column> {
        match self {
            Table::Steps(class) => Field::of(class).iter().map(|field| field.column()).collect(),
            Table::Memory => MEMORY.to_vec(),
            Table::MemoryBoundary => BOUNDARY.to_vec(),
            Table::Counts => COUNTS.to_vec(),
        }
    }

    /// Uncompressed bytes of a row.
    pub fn row_bytes(self) -> u64 {
        self.columns().iter().map(|column| column.kind.bytes()).sum()
    }
}

/// Columns of [`Table::Memory`].
pub(crate) const MEMORY: [Column; 8] = [
    column("word_address", ColumnType::U32, "byte address, multiple of 8", "the 8-byte word accessed"),
    column("step", ColumnType::U64, "step", "the step that accesses it"),
    column("slot", ColumnType::U8, "index", "0, or 1 for the second word of an access that spans two"),
    column("kind", ColumnType::U8, "0 read, 1 write, 2 read and write", "what the step does to the word"),
    column("previous_step", ColumnType::U64, "step; 2^64-1: none", "the step of the word's previous access"),
    column("previous_value", ColumnType::U64, "word", "the whole word before the step"),
    column("value", ColumnType::U64, "word", "the whole word after the step"),
    column("mask", ColumnType::U8, "bit i: byte i of the word", "the bytes accessed"),
];

/// Columns of [`Table::MemoryBoundary`].
pub(crate) const BOUNDARY: [Column; 4] = [
    column("word_address", ColumnType::U32, "byte address, multiple of 8", "an 8-byte word that is accessed"),
    column("initial_value", ColumnType::U64, "word", "before the first step: program, input or 0"),
    column("final_value", ColumnType::U64, "word", "after the last step"),
    column("last_step", ColumnType::U64, "step", "the step of its last access"),
];

/// Columns of [`Table::Counts`].
pub(crate) const COUNTS: [Column; 2] = [
    column("pc", ColumnType::U32, "byte address", "address of an instruction slot executed at least once"),
    column("executions", ColumnType::U64, "steps", "how often it was executed"),
];

/// A column of the step tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Step,
    Pc,
    Instruction,
    Rd,
    Rs1,
    Rs2,
    Immediate,
    Rs1Value,
    Rs2Value,
    RdValue,
    NextPc,
    Address,
    ReadValue,
    WrittenValue,
    Number,
}

use Field::*;

const ALU: &[Field] = &[Step, Pc, Instruction, Rd, Rs1, Rs2, Immediate, Rs1Value, Rs2Value, RdValue];
const MUL: &[Field] = &[Step, Pc, Instruction, Rd, Rs1, Rs2, Rs1Value, Rs2Value, RdValue];
const BRANCH: &[Field] = &[Step, Pc, Instruction, Rs1, Rs2, Immediate, Rs1Value, Rs2Value, NextPc];
const JUMP: &[Field] = &[Step, Pc, Instruction, Rd, Rs1, Immediate, Rs1Value, RdValue, NextPc];
const LOAD: &[Field] = &[Step, Pc, Instruction, Rd, Rs1, Immediate, Rs1Value, Address, ReadValue, RdValue];
const STORE: &[Field] = &[Step, Pc, Instruction, Rs1, Rs2, Immediate, Rs1Value, Rs2Value, Address, WrittenValue];
const ATOMIC: &[Field] = &[Step, Pc, Instruction, Rd, Rs1, Rs2, Rs1Value, Rs2Value, ReadValue, WrittenValue, RdValue];
const ECALL: &[Field] = &[Step, Pc, Instruction, Number, Rs1Value, Rs2Value, RdValue];
const FENCE: &[Field] = &[Step, Pc, Instruction];

impl Field {
    /// The columns of the table of `class`.
    pub(crate) const fn of(class: Class) -> &'static [Field] {
        match class {
            Class::Add | Class::Bitwise | Class::Lt | Class::Shift => ALU,
            Class::Mul | Class::DivRem => MUL,
            Class::Branch => BRANCH,
            Class::Jump => JUMP,
            Class::Load | Class::MisalignedLoad => LOAD,
            Class::Store | Class::MisalignedStore => STORE,
            Class::Atomic => ATOMIC,
            Class::Ecall => ECALL,
            Class::Fence => FENCE,
        }
    }

    pub(crate) const fn column(self) -> Column {
        use ColumnType::{I32, U8, U32, U64};
        match self {
            Step => column("step", U64, "step", "number of the step, from 0"),
            Pc => column("pc", U32, "byte address", "where the instruction is"),
            Instruction => column("instruction", U32, "word", "the instruction as it stands in memory"),
            Rd => column("rd", U8, "register", "register written, 0 if none"),
            Rs1 => column("rs1", U8, "register", "first register read, 0 if none"),
            Rs2 => column("rs2", U8, "register", "second register read, 0 if none"),
            Immediate => column("immediate", I32, "integer", "immediate, shift amount or offset, 0 if none"),
            Rs1Value => column("rs1_value", U64, "word", "value of rs1; of a0 for ecall"),
            Rs2Value => column("rs2_value", U64, "word", "value of rs2; of a2 for ecall"),
            RdValue => column("rd_value", U64, "word", "result, dropped if rd is 0; a0 afterwards for ecall"),
            NextPc => column("next_pc", U64, "byte address", "where the next step is; pc + 4 in tables without it"),
            Address => column("address", U32, "byte address", "first byte accessed, rs1_value + immediate"),
            ReadValue => column("read_value", U64, "bytes", "the bytes read, zero-extended; 0 if none are"),
            WrittenValue => column("written_value", U64, "bytes", "the bytes written, zero-extended; 0 if none are"),
            Number => column("number", U64, "system call", "value of a7"),
        }
    }
}
