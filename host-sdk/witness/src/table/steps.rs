//! Rows of a step table in memory: a vector per column, those the class has no use for empty.

use zkvm_machine::{Class, Event, StepRecord};

use crate::code::Slot;
use crate::table::columns::{Values, ValuesMut};
use crate::table::schema::Field;

#[derive(Debug, Default)]
pub(crate) struct StepRows {
    pub step: Vec<u64>,
    pub pc: Vec<u32>,
    pub instruction: Vec<u32>,
    pub rd: Vec<u8>,
    pub rs1: Vec<u8>,
    pub rs2: Vec<u8>,
    pub immediate: Vec<i32>,
    pub rs1_value: Vec<u64>,
    pub rs2_value: Vec<u64>,
    pub rd_value: Vec<u64>,
    pub next_pc: Vec<u64>,
    pub address: Vec<u32>,
    pub read_value: Vec<u64>,
    pub written_value: Vec<u64>,
    pub number: Vec<u64>,
}

impl StepRows {
    pub fn len(&self) -> usize {
        self.step.len()
    }

    /// Appends the row of a step of `class`.
    #[inline]
    pub fn push(&mut self, class: Class, step: u64, slot: &Slot, record: &StepRecord) {
        self.step.push(step);
        self.pc.push(record.pc as u32);
        self.instruction.push(slot.word);
        match class {
            Class::Add | Class::Bitwise | Class::Lt | Class::Shift => {
                self.push_destination(slot, record);
                self.push_sources(slot, record);
                self.immediate.push(slot.immediate);
            }
            Class::Mul | Class::DivRem => {
                self.push_destination(slot, record);
                self.push_sources(slot, record);
            }
            Class::Branch => {
                self.push_sources(slot, record);
                self.immediate.push(slot.immediate);
                self.next_pc.push(record.next_pc);
            }
            Class::Jump => {
                self.push_destination(slot, record);
                self.push_rs1(slot, record);
                self.immediate.push(slot.immediate);
                self.next_pc.push(record.next_pc);
            }
            Class::Load | Class::MisalignedLoad => {
                self.push_destination(slot, record);
                self.push_rs1(slot, record);
                self.push_address(slot, record);
                self.read_value.push(record.access.and_then(|access| access.read).unwrap_or(0));
            }
            Class::Store | Class::MisalignedStore => {
                self.push_sources(slot, record);
                self.push_address(slot, record);
                self.written_value.push(record.access.and_then(|access| access.written).unwrap_or(0));
            }
            Class::Atomic => {
                self.push_destination(slot, record);
                self.push_sources(slot, record);
                self.read_value.push(record.access.and_then(|access| access.read).unwrap_or(0));
                self.written_value.push(record.access.and_then(|access| access.written).unwrap_or(0));
            }
            Class::Ecall => self.push_system_call(record),
            Class::Fence => {}
        }
    }

    #[inline]
    fn push_destination(&mut self, slot: &Slot, record: &StepRecord) {
        self.rd.push(slot.rd);
        self.rd_value.push(record.rd);
    }

    #[inline]
    fn push_rs1(&mut self, slot: &Slot, record: &StepRecord) {
        self.rs1.push(slot.rs1);
        self.rs1_value.push(record.rs1);
    }

    #[inline]
    fn push_sources(&mut self, slot: &Slot, record: &StepRecord) {
        self.push_rs1(slot, record);
        self.rs2.push(slot.rs2);
        self.rs2_value.push(record.rs2);
    }

    #[inline]
    fn push_address(&mut self, slot: &Slot, record: &StepRecord) {
        self.immediate.push(slot.immediate);
        self.address.push(record.access.map_or(0, |access| access.address as u32));
    }

    fn push_system_call(&mut self, record: &StepRecord) {
        let number = match record.event {
            Some(Event::Exit { .. }) => zkvm_abi::system_call::EXIT,
            Some(Event::Write { .. } | Event::Scope { .. }) | None => zkvm_abi::system_call::WRITE,
        };
        self.number.push(number);
        self.rs1_value.push(record.rs1);
        self.rs2_value.push(record.rs2);
        self.rd_value.push(record.rd);
    }

    pub fn column(&self, field: Field) -> Values<'_> {
        match field {
            Field::Step => Values::U64(&self.step),
            Field::Pc => Values::U32(&self.pc),
            Field::Instruction => Values::U32(&self.instruction),
            Field::Rd => Values::U8(&self.rd),
            Field::Rs1 => Values::U8(&self.rs1),
            Field::Rs2 => Values::U8(&self.rs2),
            Field::Immediate => Values::I32(&self.immediate),
            Field::Rs1Value => Values::U64(&self.rs1_value),
            Field::Rs2Value => Values::U64(&self.rs2_value),
            Field::RdValue => Values::U64(&self.rd_value),
            Field::NextPc => Values::U64(&self.next_pc),
            Field::Address => Values::U32(&self.address),
            Field::ReadValue => Values::U64(&self.read_value),
            Field::WrittenValue => Values::U64(&self.written_value),
            Field::Number => Values::U64(&self.number),
        }
    }

    pub fn column_mut(&mut self, field: Field) -> ValuesMut<'_> {
        match field {
            Field::Step => ValuesMut::U64(&mut self.step),
            Field::Pc => ValuesMut::U32(&mut self.pc),
            Field::Instruction => ValuesMut::U32(&mut self.instruction),
            Field::Rd => ValuesMut::U8(&mut self.rd),
            Field::Rs1 => ValuesMut::U8(&mut self.rs1),
            Field::Rs2 => ValuesMut::U8(&mut self.rs2),
            Field::Immediate => ValuesMut::I32(&mut self.immediate),
            Field::Rs1Value => ValuesMut::U64(&mut self.rs1_value),
            Field::Rs2Value => ValuesMut::U64(&mut self.rs2_value),
            Field::RdValue => ValuesMut::U64(&mut self.rd_value),
            Field::NextPc => ValuesMut::U64(&mut self.next_pc),
            Field::Address => ValuesMut::U32(&mut self.address),
            Field::ReadValue => ValuesMut::U64(&mut self.read_value),
            Field::WrittenValue => ValuesMut::U64(&mut self.written_value),
            Field::Number => ValuesMut::U64(&mut self.number),
        }
    }

    /// The columns of the table of `class`, in order.
    pub fn columns(&self, class: Class) -> Vec<Values<'_>> {
        Field::of(class).iter().map(|&field| self.column(field)).collect()
    }

    /// Empties all columns and keeps their memory.
    pub fn clear(&mut self, class: Class) {
        for &field in Field::of(class) {
            match self.column_mut(field) {
                ValuesMut::U8(values) => values.clear(),
                ValuesMut::U32(values) => values.clear(),
                ValuesMut::I32(values) => values.clear(),
                ValuesMut::U64(values) => values.clear(),
            }
        }
    }
}
