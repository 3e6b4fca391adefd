//! What every instruction slot contributes to a row, prepared once per program.

use zkvm_machine::{Class, Instruction, Program};

/// The constant part of a step at one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub word: u32,
    pub immediate: i32,
    /// `None` where no step can be executed.
    pub class: Option<Class>,
    pub rd: u8,
    pub rs1: u8,
    pub rs2: u8,
    /// Bytes a load or store accesses, 0 for others.
    pub bytes: u8,
}

struct Range {
    start: u64,
    slots: Vec<Slot>,
    /// Number of the first slot, counted over all ranges.
    first: usize,
}

/// All instruction slots of a program, numbered from 0 in address order.
pub(crate) struct Code {
    ranges: Vec<Range>,
    slots: usize,
}

impl Code {
    pub fn new(program: &Program) -> Code {
        let mut code = Code { ranges: Vec::new(), slots: 0 };
        for text in program.text() {
            let address = |index: usize| text.start + 4 * index as u64;
            let slot = |(index, instruction): (usize, &Option<Instruction>)| {
                Slot::new(program.word(address(index)).unwrap_or(0), *instruction)
            };
            let slots: Vec<Slot> = text.slots.iter().enumerate().map(slot).collect();
            let first = code.slots;
            code.slots += slots.len();
            code.ranges.push(Range { start: text.start, slots, first });
        }
        code
    }

    /// Number of slots.
    pub fn len(&self) -> usize {
        self.slots
    }

    /// Number and contents of the slot at `pc`, a multiple of 4.
    #[inline]
    pub fn at(&self, pc: u64) -> Option<(usize, &Slot)> {
        self.ranges.iter().find_map(|range| {
            let index = (pc.wrapping_sub(range.start) >> 2) as usize;
            Some((range.first + index, range.slots.get(index)?))
        })
    }

    /// The address of every slot, in order.
    pub fn addresses(&self) -> impl Iterator<Item = u64> {
        self.ranges.iter().flat_map(|range| (0..range.slots.len() as u64).map(|index| range.start + 4 * index))
    }
}

impl Slot {
    fn new(word: u32, instruction: Option<Instruction>) -> Slot {
        let (rs1, rs2) = instruction.map_or((0, 0), |instruction| {
            let (rs1, rs2) = instruction.sources();
            (rs1.index() as u8, rs2.index() as u8)
        });
        Slot {
            word,
            immediate: instruction.map_or(0, immediate),
            class: instruction.and_then(Class::of),
            rd: instruction.and_then(Instruction::destination).map_or(0, |rd| rd.index() as u8),
            rs1,
            rs2,
            bytes: instruction.map_or(0, bytes),
        }
    }
}

const fn bytes(instruction: Instruction) -> u8 {
    match instruction {
        Instruction::Load { width, .. } | Instruction::Store { width, .. } => width.bytes() as u8,
        _ => 0,
    }
}

/// Immediate or offset, 0 where there is none.
const fn immediate(instruction: Instruction) -> i32 {
    match instruction {
        Instruction::Lui { imm, .. } | Instruction::Auipc { imm, .. } | Instruction::AluImm { imm, .. } => imm,
        Instruction::Jal { offset, .. }
        | Instruction::Jalr { offset, .. }
        | Instruction::Branch { offset, .. }
        | Instruction::Load { offset, .. }
        | Instruction::Store { offset, .. } => offset,
        Instruction::Alu { .. }
        | Instruction::Mul { .. }
        | Instruction::LoadReserved { .. }
        | Instruction::StoreConditional { .. }
        | Instruction::Amo { .. }
        | Instruction::Fence
        | Instruction::Ecall
        | Instruction::Ebreak => 0,
    }
}
