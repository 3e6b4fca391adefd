//! The kinds of lies.

mod memory;
mod operations;

use zkvm_circuit::cells::HALTED;
use zkvm_machine::{AluOp, Instruction, OpWidth, Reg, step};

use super::{Lie, Moment};
use crate::guest::Ram;

fn same(a: &Ram<'_>, b: &Ram<'_>) -> bool {
    a.cells().chain(b.cells()).all(|cell| a.word(cell) == b.word(cell))
}

/// Does what `other` does instead, but says that the instruction was the program's.
fn instead(m: &mut Moment<'_>, other: Instruction) -> bool {
    let (mut state, mut ram) = (m.before.clone(), m.ram_before.clone());
    let Ok(mut record) = step(&mut state, other, &mut ram) else { return false };
    if state == m.after && same(&ram, &m.ram) {
        return false;
    }
    record.instruction = m.instruction();
    (m.after, m.ram, m.records) = (state, ram, vec![record]);
    true
}

/// Executes `other`, and says so.
fn openly(m: &mut Moment<'_>, other: Instruction) -> bool {
    let (mut state, mut ram) = (m.before.clone(), m.ram_before.clone());
    let Ok(record) = step(&mut state, other, &mut ram) else { return false };
    let lie = other != m.instruction();
    (m.after, m.ram, m.records) = (state, ram, vec![record]);
    lie
}

fn next(reg: Reg) -> Reg {
    Reg::new(reg.index() as u32 + 1)
}

/// The instruction with its registers `[rd, rs1, rs2]` changed by `change`; those it does not have are ignored.
fn with_registers(instruction: Instruction, change: impl Fn([Reg; 3]) -> [Reg; 3]) -> Instruction {
    let zero = Reg::ZERO;
    match instruction {
        Instruction::Lui { rd, imm } => Instruction::Lui { rd: change([rd, zero, zero])[0], imm },
        Instruction::Auipc { rd, imm } => Instruction::Auipc { rd: change([rd, zero, zero])[0], imm },
        Instruction::Jal { rd, offset } => Instruction::Jal { rd: change([rd, zero, zero])[0], offset },
        Instruction::Jalr { rd, rs1, offset } => {
            let [rd, rs1, _] = change([rd, rs1, zero]);
            Instruction::Jalr { rd, rs1, offset }
        }
        Instruction::Branch { cond, rs1, rs2, offset } => {
            let [_, rs1, rs2] = change([zero, rs1, rs2]);
            Instruction::Branch { cond, rs1, rs2, offset }
        }
        Instruction::Load { width, signedness, rd, rs1, offset } => {
            let [rd, rs1, _] = change([rd, rs1, zero]);
            Instruction::Load { width, signedness, rd, rs1, offset }
        }
        Instruction::Store { width, rs1, rs2, offset } => {
            let [_, rs1, rs2] = change([zero, rs1, rs2]);
            Instruction::Store { width, rs1, rs2, offset }
        }
        Instruction::AluImm { op, width, rd, rs1, imm } => {
            let [rd, rs1, _] = change([rd, rs1, zero]);
            Instruction::AluImm { op, width, rd, rs1, imm }
        }
        Instruction::Alu { op, width, rd, rs1, rs2 } => {
            let [rd, rs1, rs2] = change([rd, rs1, rs2]);
            Instruction::Alu { op, width, rd, rs1, rs2 }
        }
        Instruction::Mul { op, width, rd, rs1, rs2 } => {
            let [rd, rs1, rs2] = change([rd, rs1, rs2]);
            Instruction::Mul { op, width, rd, rs1, rs2 }
        }
        Instruction::LoadReserved { width, rd, rs1 } => {
            let [rd, rs1, _] = change([rd, rs1, zero]);
            Instruction::LoadReserved { width, rd, rs1 }
        }
        Instruction::StoreConditional { width, rd, rs1, rs2 } => {
            let [rd, rs1, rs2] = change([rd, rs1, rs2]);
            Instruction::StoreConditional { width, rd, rs1, rs2 }
        }
        Instruction::Amo { op, width, rd, rs1, rs2 } => {
            let [rd, rs1, rs2] = change([rd, rs1, rs2]);
            Instruction::Amo { op, width, rd, rs1, rs2 }
        }
        Instruction::Fence | Instruction::Ecall | Instruction::Ebreak => instruction,
    }
}

/// The instruction with its immediate or offset changed.
fn with_immediate(instruction: Instruction, change: impl Fn(i32) -> i32) -> Option<Instruction> {
    let mut changed = instruction;
    match &mut changed {
        Instruction::Lui { imm, .. } | Instruction::Auipc { imm, .. } | Instruction::AluImm { imm, .. } => {
            *imm = change(*imm);
        }
        Instruction::Jal { offset, .. }
        | Instruction::Jalr { offset, .. }
        | Instruction::Branch { offset, .. }
        | Instruction::Load { offset, .. }
        | Instruction::Store { offset, .. } => *offset = change(*offset),
        _ => return None,
    }
    Some(changed)
}

fn nop() -> Instruction {
    Instruction::AluImm { op: AluOp::Add, width: OpWidth::W64, rd: Reg::ZERO, rs1: Reg::ZERO, imm: 0 }
}

pub fn all() -> Vec<Lie> {
    [RESULTS, REGISTERS, FLOW, operations::ALL, memory::ALL].concat()
}

/// Wrong results, of whatever instruction.
const RESULTS: &[Lie] = &[
    ("result + 1", |m| m.result(m.rd().wrapping_add(1))),
    ("result - 1", |m| m.result(m.rd().wrapping_sub(1))),
    ("bit 7 of the result", |m| m.result(m.rd() ^ 1 << 7)),
    ("bit 16 of the result", |m| m.result(m.rd() ^ 1 << 16)),
    ("bit 31 of the result", |m| m.result(m.rd() ^ 1 << 31)),
    ("bit 32 of the result", |m| m.result(m.rd() ^ 1 << 32)),
    ("sign of the result", |m| m.result(m.rd() ^ 1 << 63)),
    ("result's high half is 0", |m| m.result(m.rd() & 0xffff_ffff)),
    ("result's high half is ones", |m| m.result(m.rd() | 0xffff_ffff << 32)),
    ("result is sign-extended from 32 bits", |m| m.result(m.rd() as i32 as u64)),
    ("result's halves swapped", |m| m.result(m.rd().rotate_left(32))),
    ("result negated", |m| m.result(m.rd().wrapping_neg())),
    ("result is 0", |m| m.result(0)),
    ("result is all ones", |m| m.result(u64::MAX)),
    ("result is rs1", |m| m.result(m.rs1())),
    ("result is rs2", |m| m.result(m.rs2())),
    ("destination keeps its value", |m| {
        let Some(rd) = m.instruction().destination() else { return false };
        m.result(m.before.x[rd.index()])
    }),
    // As a field element the same: a word plus p in 64 bits.
    ("result + p", |m| m.result(m.rd().wrapping_add(0xffff_ffff_0000_0001))),
];

/// Wrong registers, and registers or memory that change by themselves.
const REGISTERS: &[Lie] = &[
    ("x0 is written", |m| {
        let to_zero = m.instruction().destination().is_none_or(|rd| rd == Reg::ZERO);
        let written = to_zero && m.rd() != 0 && m.instruction() != Instruction::Ecall;
        m.after.x[0] = m.rd();
        written
    }),
    ("x0 is anything", |m| {
        m.after.x[0] = 5;
        true
    }),
    ("another register is written", |m| {
        let other = with_registers(m.instruction(), |[rd, rs1, rs2]| [next(rd), rs1, rs2]);
        instead(m, other)
    }),
    ("another register is written, openly", |m| {
        let other = with_registers(m.instruction(), |[rd, rs1, rs2]| [next(rd), rs1, rs2]);
        openly(m, other)
    }),
    ("another register is read as rs1", |m| {
        let other = with_registers(m.instruction(), |[rd, rs1, rs2]| [rd, next(rs1), rs2]);
        instead(m, other)
    }),
    ("another register is read as rs1, openly", |m| {
        let other = with_registers(m.instruction(), |[rd, rs1, rs2]| [rd, next(rs1), rs2]);
        openly(m, other)
    }),
    ("another register is read as rs2", |m| {
        let other = with_registers(m.instruction(), |[rd, rs1, rs2]| [rd, rs1, next(rs2)]);
        instead(m, other)
    }),
    ("rs1 and rs2 swapped", |m| {
        let other = with_registers(m.instruction(), |[rd, rs1, rs2]| [rd, rs2, rs1]);
        instead(m, other)
    }),
    ("rs1 and rs2 swapped, openly", |m| {
        let other = with_registers(m.instruction(), |[rd, rs1, rs2]| [rd, rs2, rs1]);
        openly(m, other)
    }),
    ("rs2 is rs1", |m| {
        let other = with_registers(m.instruction(), |[rd, rs1, _]| [rd, rs1, rs1]);
        instead(m, other)
    }),
    ("immediate + 1", |m| with_immediate(m.instruction(), |imm| imm + 1).is_some_and(|other| instead(m, other))),
    ("immediate + 8, openly", |m| {
        with_immediate(m.instruction(), |imm| imm.wrapping_add(8)).is_some_and(|other| openly(m, other))
    }),
    ("immediate negated", |m| {
        with_immediate(m.instruction(), i32::wrapping_neg).is_some_and(|other| instead(m, other))
    }),
    ("rs1 changes by itself", |m| {
        m.after.x[5] ^= 1 << 33;
        true
    }),
    ("rs2 changes by itself", |m| {
        m.after.x[6] = m.after.x[6].wrapping_add(1);
        true
    }),
    ("an unused register changes by itself", |m| {
        m.after.x[9] = 1;
        true
    }),
];

/// Wrong order: next pc, skipped and repeated steps, halts.
const FLOW: &[Lie] = &[
    ("next pc + 4", |m| m.go(m.after.pc + 4)),
    ("next pc - 8", |m| m.go(m.after.pc - 8)),
    ("next pc is the entry", |m| m.go(zkvm_test_support::TEXT)),
    ("next pc is pc", |m| m.go(m.before.pc)),
    ("next pc is pc + 4", |m| m.go(m.before.pc + 4)),
    ("next pc + 2", |m| m.go(m.after.pc + 2)),
    ("next pc + 1", |m| m.go(m.after.pc + 1)),
    ("next pc + 2^32", |m| m.go(m.after.pc + (1 << 32))),
    ("step left out", |m| {
        m.nothing();
        m.records.clear();
        true
    }),
    ("step done, but not said", |m| {
        m.records.clear();
        true
    }),
    ("step said twice", |m| {
        m.records.push(m.records[0]);
        true
    }),
    ("step done twice, said once", |m| {
        let (mut state, instruction) = (m.after.clone(), m.instruction());
        state.pc = m.before.pc;
        if step(&mut state, instruction, &mut m.ram).is_err() {
            return false;
        }
        state.pc = m.after.pc;
        let lie = state != m.after;
        m.after = state;
        lie
    }),
    ("a step of its own before it", |m| {
        m.records.insert(0, zkvm_machine::StepRecord { instruction: nop(), rd: 0, access: None, ..m.records[0] });
        true
    }),
    ("nop in its place, openly", |m| openly(m, nop())),
    ("fence in its place, openly", |m| openly(m, Instruction::Fence)),
    ("fence in its place", |m| instead(m, Instruction::Fence)),
    ("halts early", |m| {
        m.ends_at = Some(HALTED);
        !matches!(m.records[0].event, Some(zkvm_machine::Event::Exit { .. }))
    }),
    ("halts early, next pc says so too", |m| {
        m.ends_at = Some(HALTED);
        m.go(HALTED) && !matches!(m.records[0].event, Some(zkvm_machine::Event::Exit { .. }))
    }),
    ("ends elsewhere", |m| {
        m.ends_at = Some(m.after.pc + 4);
        true
    }),
    ("ends where it began", |m| {
        m.ends_at = Some(zkvm_test_support::TEXT);
        true
    }),
];
