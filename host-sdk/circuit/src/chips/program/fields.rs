//! What the `program` table says of an instruction to the table that executes it.

use zkvm_abi::WINDOW_BYTES;
use zkvm_machine::{AluOp, Instruction, OpWidth, Signedness, Width};

use crate::bus::INSTR_FIELDS;
use crate::bus::kind;
use crate::cells::{REGISTERS, TRASH, destination, source};
use crate::chips::atomic::AtomicFields;
use crate::op::{NarrowOp, Op};

/// A row's fields, the kind first.
pub type Fields = [u64; INSTR_FIELDS];

/// What `core` does beyond `s = rs1 + imm + sigma · rs2`. Without any flag it writes `s` to its third cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// The second access is the memory word at `s`.
    pub load: bool,
    /// The third access is the memory word at `s`.
    pub store: bool,
    /// The next pc is `s` without its lowest bit; the third cell gets pc + 4.
    pub jalr: bool,
    /// The next pc is the target if the third cell gets 1; with `unit`.
    pub branch: bool,
    /// A unit computes the third cell.
    pub unit: bool,
    /// A load or store of less than a word; with `load` or `store`.
    pub narrow: bool,
    /// `s` is cut to 32 bits and sign-extended.
    pub word: bool,
    /// Factor of rs2 in `s`: −1, 0 or 1.
    pub sigma: i8,
}

impl Flags {
    /// As one number: a bit each, and 128 · (1 + sigma).
    pub fn packed(self) -> u64 {
        let Flags { load, store, jalr, branch, unit, narrow, word, sigma } = self;
        let bits = [load, store, jalr, branch, unit, narrow, word];
        let bits: u64 = (0..).zip(bits).map(|(at, bit)| u64::from(bit) << at).sum();
        bits + 128 * (1 + i64::from(sigma)) as u64
    }
}

/// The row of an instruction that `core` executes (or `misaligned`, if it is a load or store).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreFields {
    /// What it does.
    pub flags: Flags,
    /// Number of the operation of a unit or of `narrow`.
    pub op: u64,
    /// Cells of rs1, rs2 and rd; 0 where the memory word stands instead.
    pub cells: [u64; 3],
    /// Immediate, sign-extended; what is written, for `lui`, `auipc` and `jal`.
    pub imm: u64,
    /// Where it goes next, if nothing is computed.
    pub target: u64,
}

const ZERO: u64 = REGISTERS;

/// A pc that no instruction has.
const NOWHERE: u64 = 3;

impl CoreFields {
    /// What `core` does for `instruction` at `pc`, or `None` if it is not `core`'s.
    pub fn of(pc: u64, instruction: Instruction) -> Option<CoreFields> {
        let next = pc.wrapping_add(4);
        let none = CoreFields { flags: Flags::default(), op: 0, cells: [ZERO, ZERO, TRASH], imm: 0, target: next };
        let constant = |rd, imm, target| CoreFields { cells: [ZERO, ZERO, destination(rd)], imm, target, ..none };
        let unit = Op::of(instruction).map(|op| op as u64);
        Some(match instruction {
            Instruction::Lui { rd, imm } => constant(rd, imm as u64, next),
            Instruction::Auipc { rd, imm } => constant(rd, pc.wrapping_add(imm as u64), next),
            Instruction::Jal { rd, offset } => constant(rd, next, pc.wrapping_add(offset as u64)),
            Instruction::Jalr { rd, rs1, offset } => CoreFields {
                flags: Flags { jalr: true, ..none.flags },
                cells: [source(rs1), ZERO, destination(rd)],
                imm: offset as u64,
                ..none
            },
            Instruction::Branch { rs1, rs2, offset, .. } => CoreFields {
                flags: Flags { branch: true, unit: true, ..none.flags },
                op: unit.unwrap_or_default(),
                cells: [source(rs1), source(rs2), TRASH],
                target: pc.wrapping_add(offset as u64),
                ..none
            },
            Instruction::Load { width, signedness, rd, rs1, offset } => CoreFields {
                flags: Flags { load: true, narrow: width != Width::Double, ..none.flags },
                op: load_code(width, signedness),
                cells: [source(rs1), 0, destination(rd)],
                imm: offset as u64,
                ..none
            },
            Instruction::Store { width, rs1, rs2, offset } => CoreFields {
                flags: Flags { store: true, narrow: width != Width::Double, ..none.flags },
                op: if width == Width::Double { 0 } else { NarrowOp::Store(width).code() },
                cells: [source(rs1), source(rs2), 0],
                imm: offset as u64,
                ..none
            },
            Instruction::AluImm { op, width, rd, rs1, imm } => CoreFields {
                flags: alu_flags(op, width, 1),
                op: unit.unwrap_or_default(),
                cells: [source(rs1), ZERO, destination(rd)],
                imm: imm as u64,
                ..none
            },
            Instruction::Alu { op, width, rd, rs1, rs2 } => CoreFields {
                flags: alu_flags(op, width, if op == AluOp::Sub { -1 } else { 1 }),
                op: unit.unwrap_or_default(),
                cells: [source(rs1), source(rs2), destination(rd)],
                ..none
            },
            Instruction::Mul { rd, rs1, rs2, .. } => CoreFields {
                flags: Flags { unit: true, ..none.flags },
                op: unit.unwrap_or_default(),
                cells: [source(rs1), source(rs2), destination(rd)],
                ..none
            },
            Instruction::Fence => none,
            Instruction::LoadReserved { .. }
            | Instruction::StoreConditional { .. }
            | Instruction::Amo { .. }
            | Instruction::Ecall
            | Instruction::Ebreak => return None,
        })
    }

    /// A jump out of the guest window has the target [`NOWHERE`]: as a field element its address could be another's.
    fn fields(self, pc: u64) -> Fields {
        let CoreFields { flags, op, cells: [r1, r2, r3], imm, target } = self;
        let target = if target < WINDOW_BYTES { target } else { NOWHERE };
        [kind::CORE, pc, flags.packed(), op, r1, r2, r3, imm & 0xffff_ffff, imm >> 32, target]
    }
}

fn load_code(width: Width, signedness: Signedness) -> u64 {
    if width == Width::Double { 0 } else { NarrowOp::Load(width, signedness).code() }
}

/// Additions are `core`'s own; everything else is a unit's.
fn alu_flags(op: AluOp, width: OpWidth, sigma: i8) -> Flags {
    match op {
        AluOp::Add | AluOp::Sub => Flags { word: width == OpWidth::W32, sigma, ..Flags::default() },
        AluOp::Sll | AluOp::Slt | AluOp::Sltu | AluOp::Xor | AluOp::Srl | AluOp::Sra | AluOp::Or | AluOp::And => {
            Flags { unit: true, ..Flags::default() }
        }
    }
}

/// The row of `instruction` at `pc`, or `None` if it cannot be executed in a proof (`ebreak`).
pub(super) fn instruction(pc: u64, instruction: Instruction) -> Option<Fields> {
    if let Some(core) = CoreFields::of(pc, instruction) {
        return Some(core.fields(pc));
    }
    if let Some(atomic) = AtomicFields::of(instruction) {
        let mut fields = [0; INSTR_FIELDS];
        (fields[0], fields[1]) = (kind::ATOMIC, pc);
        fields[2..].copy_from_slice(&atomic.fields());
        return Some(fields);
    }
    (instruction == Instruction::Ecall).then_some([kind::ECALL, pc, 0, 0, 0, 0, 0, 0, 0, 0])
}

/// The row of a mapped region: its first and last leaf, whether it is read-only, and whether it is the input.
pub(super) fn region(first: u64, last: u64, read_only: bool, input: bool) -> Fields {
    [kind::REGION, first, last, u64::from(read_only), u64::from(input), 0, 0, 0, 0, 0]
}
