//! What the table of an operation would have to get wrong.

use zkvm_machine::{AluOp, AmoOp, Cond, Event, Instruction, MulOp, OpWidth, Reg, Signedness, Width, holds};

use super::{instead, with_immediate};
use crate::lies::{Lie, Moment};

/// The operation of an `Alu` or `AluImm` is `other` where it is `op`.
fn alu_as(m: &mut Moment<'_>, op: AluOp, other: AluOp) -> bool {
    let mut changed = m.instruction();
    match &mut changed {
        Instruction::Alu { op: found, .. } | Instruction::AluImm { op: found, .. } if *found == op => *found = other,
        _ => return false,
    }
    instead(m, changed)
}

fn mul_as(m: &mut Moment<'_>, op: MulOp, other: MulOp) -> bool {
    let mut changed = m.instruction();
    match &mut changed {
        Instruction::Mul { op: found, width: OpWidth::W64, .. } if *found == op => *found = other,
        _ => return false,
    }
    instead(m, changed)
}

/// The operation on 64 bits where it is one on 32, or the reverse.
fn other_width(m: &mut Moment<'_>, from: OpWidth, to: OpWidth) -> bool {
    let mut changed = m.instruction();
    match &mut changed {
        Instruction::Alu { op, .. } | Instruction::AluImm { op, .. }
            if !matches!(op, AluOp::Add | AluOp::Sub | AluOp::Sll | AluOp::Srl | AluOp::Sra) =>
        {
            return false;
        }
        Instruction::Mul { op: MulOp::Mulh | MulOp::Mulhsu | MulOp::Mulhu, .. } => return false,
        Instruction::Alu { width, .. } | Instruction::AluImm { width, .. } | Instruction::Mul { width, .. }
            if *width == from =>
        {
            *width = to;
        }
        _ => return false,
    }
    instead(m, changed)
}

/// A shift's operation, width, value and whole second operand.
fn shift(m: &Moment<'_>) -> Option<(AluOp, OpWidth, u64, u64)> {
    match m.instruction() {
        Instruction::Alu { op: op @ (AluOp::Sll | AluOp::Srl | AluOp::Sra), width, .. } => {
            Some((op, width, m.rs1(), m.rs2()))
        }
        Instruction::AluImm { op: op @ (AluOp::Sll | AluOp::Srl | AluOp::Sra), width, imm, .. } => {
            Some((op, width, m.rs1(), imm as u64))
        }
        _ => None,
    }
}

fn shift_by(m: &mut Moment<'_>, amount: impl Fn(OpWidth, u64) -> u64) -> bool {
    let Some((op, width, value, all)) = shift(m) else { return false };
    let amount = amount(width, all).min(127) as u32;
    let wide = match (op, width) {
        (AluOp::Sll, _) => (u128::from(value) << amount) as u64,
        (AluOp::Srl, OpWidth::W64) => (u128::from(value) >> amount) as u64,
        (AluOp::Srl, OpWidth::W32) => (u128::from(value as u32) >> amount) as u64,
        (_, OpWidth::W64) => (i128::from(value as i64) >> amount) as u64,
        (_, OpWidth::W32) => (i128::from(value as i32) >> amount) as u64,
    };
    m.result(if width == OpWidth::W32 { wide as i32 as u64 } else { wide })
}

/// The operands of a division, and whether it is one for the quotient.
fn division(m: &Moment<'_>) -> Option<(bool, u64, u64)> {
    match m.instruction() {
        Instruction::Mul { op: MulOp::Div | MulOp::Divu, .. } => Some((true, m.rs1(), m.rs2())),
        Instruction::Mul { op: MulOp::Rem | MulOp::Remu, .. } => Some((false, m.rs1(), m.rs2())),
        _ => None,
    }
}

/// The next pc is that of a branch which decides by `decide`.
fn decide(m: &mut Moment<'_>, decide: impl Fn(Cond, u64, u64) -> bool) -> bool {
    let Instruction::Branch { cond, offset, .. } = m.instruction() else { return false };
    let taken = decide(cond, m.rs1(), m.rs2());
    m.go(m.before.pc.wrapping_add(if taken { offset as u64 } else { 4 }))
}

/// Result of `slt`, `sltu` by other means.
fn compare(m: &mut Moment<'_>, less: impl Fn(u64, u64) -> bool) -> bool {
    let second = match m.instruction() {
        Instruction::Alu { op: AluOp::Slt | AluOp::Sltu, .. } => m.rs2(),
        Instruction::AluImm { op: AluOp::Slt | AluOp::Sltu, imm, .. } => imm as u64,
        _ => return false,
    };
    m.result(u64::from(less(m.rs1(), second)))
}

fn is_word(m: &Moment<'_>) -> bool {
    matches!(
        m.instruction(),
        Instruction::Alu { width: OpWidth::W32, .. }
            | Instruction::AluImm { width: OpWidth::W32, .. }
            | Instruction::Mul { width: OpWidth::W32, .. }
    )
}

fn jalr(m: &mut Moment<'_>, target: impl Fn(u64, i32, u64) -> u64) -> bool {
    let Instruction::Jalr { offset, .. } = m.instruction() else { return false };
    let target = target(m.rs1(), offset, m.before.pc + 4);
    m.go(target)
}

/// The link register gets `value`.
fn link(m: &mut Moment<'_>, value: impl Fn(&Moment<'_>) -> u64) -> bool {
    matches!(m.instruction(), Instruction::Jal { .. } | Instruction::Jalr { .. }) && m.result(value(m))
}

fn auipc(m: &mut Moment<'_>, value: impl Fn(u64, i32) -> u64) -> bool {
    let Instruction::Auipc { imm, .. } = m.instruction() else { return false };
    m.result(value(m.before.pc, imm))
}

fn lui(m: &mut Moment<'_>, value: impl Fn(i32) -> u64) -> bool {
    let Instruction::Lui { imm, .. } = m.instruction() else { return false };
    m.result(value(imm))
}

fn amo_as(m: &mut Moment<'_>, op: AmoOp, other: AmoOp) -> bool {
    let mut changed = m.instruction();
    match &mut changed {
        Instruction::Amo { op: found, .. } if *found == op => *found = other,
        _ => return false,
    }
    instead(m, changed)
}

pub(super) const ALL: &[Lie] = &[
    // Additions and bits.
    ("add as sub", |m| alu_as(m, AluOp::Add, AluOp::Sub)),
    ("sub as add", |m| alu_as(m, AluOp::Sub, AluOp::Add)),
    ("and as or", |m| alu_as(m, AluOp::And, AluOp::Or)),
    ("or as xor", |m| alu_as(m, AluOp::Or, AluOp::Xor)),
    ("xor as or", |m| alu_as(m, AluOp::Xor, AluOp::Or)),
    ("no carry between the halves", |m| match m.instruction() {
        Instruction::Alu { op: AluOp::Add, .. } => {
            let (a, b) = (m.rs1(), m.rs2());
            m.result(((a >> 32).wrapping_add(b >> 32)) << 32 | u64::from((a as u32).wrapping_add(b as u32)))
        }
        _ => false,
    }),
    ("immediate not sign-extended", |m| {
        matches!(m.instruction(), Instruction::AluImm { .. } | Instruction::Load { .. } | Instruction::Store { .. })
            && with_immediate(m.instruction(), |imm| imm & 0xfff).is_some_and(|other| instead(m, other))
    }),
    ("W result zero-extended", |m| is_word(m) && m.result(m.rd() & 0xffff_ffff)),
    ("W operation on 64 bits", |m| other_width(m, OpWidth::W32, OpWidth::W64)),
    ("operation on 32 bits", |m| other_width(m, OpWidth::W64, OpWidth::W32)),
    // Comparisons.
    ("slt as sltu", |m| alu_as(m, AluOp::Slt, AluOp::Sltu)),
    ("sltu as slt", |m| alu_as(m, AluOp::Sltu, AluOp::Slt)),
    ("comparison negated", |m| {
        let less = m.rd() == 0;
        compare(m, |_, _| less)
    }),
    ("comparison's result is 2", |m| {
        matches!(m.instruction(), Instruction::Alu { op: AluOp::Slt | AluOp::Sltu, .. }) && m.result(2)
    }),
    ("comparison of the low halves", |m| compare(m, |a, b| (a as u32) < b as u32)),
    // Shifts.
    ("shift by 5 bits of the amount", |m| shift_by(m, |_, amount| amount & 31)),
    ("shift by 6 bits of the amount", |m| shift_by(m, |_, amount| amount & 63)),
    ("shift amount not masked", |m| shift_by(m, |_, amount| amount)),
    ("shift by one more", |m| shift_by(m, |width, amount| (amount & if width == OpWidth::W32 { 31 } else { 63 }) + 1)),
    ("sra as srl", |m| alu_as(m, AluOp::Sra, AluOp::Srl)),
    ("srl as sra", |m| alu_as(m, AluOp::Srl, AluOp::Sra)),
    ("sll as srl", |m| alu_as(m, AluOp::Sll, AluOp::Srl)),
    // Products.
    ("mulh as mulhu", |m| mul_as(m, MulOp::Mulh, MulOp::Mulhu)),
    ("mulhu as mulh", |m| mul_as(m, MulOp::Mulhu, MulOp::Mulh)),
    ("mulhsu as mulh", |m| mul_as(m, MulOp::Mulhsu, MulOp::Mulh)),
    ("mulhsu as mulhu", |m| mul_as(m, MulOp::Mulhsu, MulOp::Mulhu)),
    ("mul as mulh", |m| mul_as(m, MulOp::Mul, MulOp::Mulh)),
    ("mulh as mul", |m| mul_as(m, MulOp::Mulh, MulOp::Mul)),
    // Quotients and remainders.
    ("quotient + 1 or remainder - divisor", |m| {
        division(m).is_some_and(|(quotient, _, divisor)| {
            m.result(if quotient { m.rd().wrapping_add(1) } else { m.rd().wrapping_sub(divisor) })
        })
    }),
    ("quotient - 1 or remainder + divisor", |m| {
        division(m).is_some_and(|(quotient, _, divisor)| {
            m.result(if quotient { m.rd().wrapping_sub(1) } else { m.rd().wrapping_add(divisor) })
        })
    }),
    ("division rounds to minus infinity", |m| {
        division(m).is_some_and(|(quotient, a, b)| {
            let (a, b) = (i128::from(a as i64), i128::from(b as i64));
            let floor = || a.div_euclid(b) - i128::from(b < 0 && a.rem_euclid(b) != 0);
            b != 0 && m.result(if quotient { floor() as u64 } else { (a - floor() * b) as u64 })
        })
    }),
    ("sign of the remainder", |m| {
        division(m).is_some_and(|(quotient, ..)| !quotient && m.result(m.rd().wrapping_neg()))
    }),
    ("division by zero gives 0", |m| division(m).is_some_and(|(_, _, b)| b == 0 && m.result(0))),
    ("division by zero gives the other one's result", |m| {
        division(m).is_some_and(|(quotient, a, b)| b == 0 && m.result(if quotient { a } else { u64::MAX }))
    }),
    ("MIN / -1 is MAX, with remainder -1", |m| {
        division(m)
            .is_some_and(|(quotient, _, b)| b == u64::MAX && m.result(if quotient { (1 << 63) - 1 } else { u64::MAX }))
    }),
    ("MIN / -1 is 0, with remainder MIN", |m| {
        division(m).is_some_and(|(quotient, a, b)| b == u64::MAX && m.result(if quotient { 0 } else { a }))
    }),
    ("div as divu", |m| mul_as(m, MulOp::Div, MulOp::Divu)),
    ("divu as div", |m| mul_as(m, MulOp::Divu, MulOp::Div)),
    ("rem as remu", |m| mul_as(m, MulOp::Rem, MulOp::Remu)),
    ("remu as rem", |m| mul_as(m, MulOp::Remu, MulOp::Rem)),
    ("quotient and remainder mistaken", |m| mul_as(m, MulOp::Div, MulOp::Rem) || mul_as(m, MulOp::Rem, MulOp::Div)),
    // Branches.
    ("branch the other way", |m| decide(m, |cond, a, b| !holds(cond, a, b))),
    ("branch never taken", |m| decide(m, |_, _, _| false)),
    ("branch always taken", |m| decide(m, |_, _, _| true)),
    ("branch signed", |m| {
        decide(m, |cond, a, b| match cond {
            Cond::Ltu => holds(Cond::Lt, a, b),
            Cond::Geu => holds(Cond::Ge, a, b),
            _ => holds(cond, a, b),
        })
    }),
    ("branch unsigned", |m| {
        decide(m, |cond, a, b| match cond {
            Cond::Lt => holds(Cond::Ltu, a, b),
            Cond::Ge => holds(Cond::Geu, a, b),
            _ => holds(cond, a, b),
        })
    }),
    ("branch by the low halves", |m| decide(m, |cond, a, b| holds(cond, a & 0xffff_ffff, b & 0xffff_ffff))),
    ("branch by the high halves", |m| decide(m, |cond, a, b| holds(cond, a >> 32, b >> 32))),
    ("branch with swapped operands", |m| decide(m, |cond, a, b| holds(cond, b, a))),
    ("branch takes equal for less", |m| decide(m, |cond, a, b| holds(cond, a, b) != (a == b))),
    // Jumps.
    ("jalr keeps bit 0", |m| jalr(m, |rs1, offset, _| rs1.wrapping_add(offset as u64))),
    ("jalr sets bit 0", |m| jalr(m, |rs1, offset, _| rs1.wrapping_add(offset as u64) | 1)),
    ("jalr clears two bits", |m| jalr(m, |rs1, offset, _| rs1.wrapping_add(offset as u64) & !3)),
    ("jalr without offset", |m| jalr(m, |rs1, _, _| rs1 & !1)),
    ("jalr from the register after it is written", |m| {
        let Instruction::Jalr { rd, rs1, .. } = m.instruction() else { return false };
        rd == rs1 && jalr(m, |_, offset, link| link.wrapping_add(offset as u64) & !1)
    }),
    ("jal clears two bits", |m| match m.instruction() {
        Instruction::Jal { offset, .. } => m.go(m.before.pc.wrapping_add(offset as u64) & !3),
        _ => false,
    }),
    ("jump not taken", |m| {
        matches!(m.instruction(), Instruction::Jal { .. } | Instruction::Jalr { .. }) && m.go(m.before.pc + 4)
    }),
    ("link is pc", |m| link(m, |m| m.before.pc)),
    ("link is pc + 8", |m| link(m, |m| m.before.pc + 8)),
    ("link is the target", |m| link(m, |m| m.after.pc)),
    // Upper immediates.
    ("auipc without pc", |m| auipc(m, |_, imm| imm as u64)),
    ("auipc without pc's bits from 12 on", |m| auipc(m, |pc, imm| (pc & 0xfff).wrapping_add(imm as u64))),
    ("auipc with pc's bit 12 flipped", |m| auipc(m, |pc, imm| (pc ^ 0x1000).wrapping_add(imm as u64))),
    ("auipc of the next pc", |m| auipc(m, |pc, imm| (pc + 4).wrapping_add(imm as u64))),
    ("auipc with an unsigned immediate", |m| auipc(m, |pc, imm| pc + u64::from(imm as u32))),
    ("auipc cut to 32 bits", |m| auipc(m, |pc, imm| pc.wrapping_add(imm as u64) & 0xffff_ffff)),
    ("lui not sign-extended", |m| lui(m, |imm| u64::from(imm as u32))),
    ("lui not shifted", |m| lui(m, |imm| (imm >> 12) as u64)),
    // Atomics.
    ("amo max as min", |m| amo_as(m, AmoOp::Max, AmoOp::Min)),
    ("amo min as minu", |m| amo_as(m, AmoOp::Min, AmoOp::Minu)),
    ("amo maxu as max", |m| amo_as(m, AmoOp::Maxu, AmoOp::Max)),
    ("amo minu as maxu", |m| amo_as(m, AmoOp::Minu, AmoOp::Maxu)),
    ("amo add as swap", |m| amo_as(m, AmoOp::Add, AmoOp::Swap)),
    ("amo swap as or", |m| amo_as(m, AmoOp::Swap, AmoOp::Or)),
    ("amo and as xor", |m| amo_as(m, AmoOp::And, AmoOp::Xor)),
    ("amo xor as add", |m| amo_as(m, AmoOp::Xor, AmoOp::Add)),
    ("amo or as and", |m| amo_as(m, AmoOp::Or, AmoOp::And)),
    ("atomic on the other width", |m| {
        let mut changed = m.instruction();
        match &mut changed {
            Instruction::Amo { width, .. } | Instruction::LoadReserved { width, .. } => {
                *width = if *width == Width::Word { Width::Double } else { Width::Word };
            }
            _ => return false,
        }
        instead(m, changed)
    }),
    ("amo's rd gets the new value", |m| match (m.instruction(), m.records[0].access) {
        (Instruction::Amo { .. }, Some(access)) => m.result(access.written.unwrap_or_default()),
        _ => false,
    }),
    ("amo's rd not sign-extended", |m| match (m.instruction(), m.records[0].access) {
        (Instruction::Amo { .. } | Instruction::LoadReserved { .. }, Some(access)) => {
            m.result(access.read.unwrap_or_default())
        }
        _ => false,
    }),
    // System calls.
    ("write does not return", |m| {
        matches!(m.records[0].event, Some(Event::Write { .. })) && {
            m.after.x[10] = m.before.x[10];
            m.record().rd = m.before.x[10];
            true
        }
    }),
    ("write exits", |m| {
        m.ends_at = Some(zkvm_circuit::cells::HALTED);
        m.go(zkvm_circuit::cells::HALTED) && matches!(m.records[0].event, Some(Event::Write { .. }))
    }),
    ("exit does not exit", |m| {
        let exit = matches!(m.records[0].event, Some(Event::Exit { .. }));
        m.after.pc = m.before.pc + 8;
        m.record().next_pc = m.before.pc + 8;
        exit
    }),
    ("exit is said to end elsewhere", |m| {
        m.ends_at = Some(m.before.pc + 4);
        matches!(m.records[0].event, Some(Event::Exit { .. }))
    }),
    ("any system call is exit", |m| {
        m.ends_at = Some(zkvm_circuit::cells::HALTED);
        m.instruction() == Instruction::Ecall && m.before.x[Reg::A7.index()] != 93
    }),
    ("signedness of a load", |m| {
        let mut changed = m.instruction();
        let Instruction::Load { signedness, .. } = &mut changed else { return false };
        *signedness = if *signedness == Signedness::Signed { Signedness::Unsigned } else { Signedness::Signed };
        instead(m, changed)
    }),
];
