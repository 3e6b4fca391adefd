use p3_field::{Field, PrimeCharacteristicRing};
use zkvm_machine::{Event, Instruction, MachineState, Reg, Trap, step};

use super::{Ecall, EcallColumns, EcallStep, SystemCall, rows};
use crate::bus::kind;
use crate::cells::{HALTED, source};
use crate::chip::Chip;
use crate::chips::testing::{Judge, WORDS, Words, check_counts, check_shape};
use crate::counts::Counts;
use crate::field::{F, halves};

const PC: u64 = 0x8000_0004;
const TIME: u64 = 100_000;
const BEFORE: [u64; 3] = [99_000, 99_999, 40_000];

/// What the reference makes of `ecall` with these registers, as the accesses that `ecall` must make.
fn judge(a7: u64, a0: u64, a1: u64, a2: u64) -> Judge {
    let mut state = MachineState { pc: PC, x: [0; 32], reservation: None };
    for (reg, value) in [(Reg::A7, a7), (Reg::A0, a0), (Reg::A1, a1), (Reg::A2, a2)] {
        state.x[reg.index()] = value;
    }
    let before = state.clone();
    let record = step(&mut state, Instruction::Ecall, &mut Words::default()).expect("a system call that exists");
    let exit = matches!(record.event, Some(Event::Exit { .. }));
    let mut judge = Judge::new(Chip::Ecall(Ecall));
    judge.fetches([kind::ECALL, PC, 0, 0, 0, 0, 0, 0, 0, 0]);
    judge.executes([TIME, PC], [TIME + 3, if exit { HALTED } else { state.pc }]);
    let regs = [Reg::A7, Reg::A0, Reg::A2];
    for (at, reg) in regs.into_iter().enumerate().take(if exit { 2 } else { 3 }) {
        let values = [before.x[reg.index()], state.x[reg.index()]];
        judge.accesses(source(reg), [BEFORE[at], TIME + at as u64], values);
    }
    if exit {
        judge.leaves_alone(source(Reg::A2), BEFORE[2], a2);
    }
    let touched = |reg: &Reg| regs.contains(reg) || before.x[reg.index()] == state.x[reg.index()];
    assert!(Reg::all().all(|reg| touched(&reg)), "nothing else changes");
    judge
}

fn exit(a0: u64) -> EcallStep {
    EcallStep { pc: PC, time: TIME, call: SystemCall::Exit, a0, before: [BEFORE[0], BEFORE[1]] }
}

fn write(a0: u64, a2: u64) -> EcallStep {
    EcallStep { call: SystemCall::Write { a2, before: BEFORE[2] }, ..exit(a0) }
}

fn filled(step: EcallStep) -> Vec<F> {
    let mut counts = Counts::default();
    let rows = rows(&[step], &mut counts);
    check_counts(Chip::Ecall(Ecall), rows.clone(), &counts);
    rows.values[..rows.width].to_vec()
}

#[test]
fn write_and_exit_are_proved_whatever_their_arguments() {
    for a0 in WORDS {
        judge(93, a0, 1, 2).accept(&filled(exit(a0)));
        for a2 in WORDS {
            judge(64, a0, !a2, a2).accept(&filled(write(a0, a2)));
        }
    }
    Judge::new(Chip::Ecall(Ecall)).accept(&[F::ZERO; EcallColumns::<F>::WIDTH]);
}

#[test]
fn no_cell_of_ecall_is_free() {
    judge(64, 1, 2, 3).refuse_changes(&filled(write(1, 3)), &[]);
    judge(64, u64::MAX, 2, 1 << 40).refuse_changes(&filled(write(u64::MAX, 1 << 40)), &[]);
    // `exit` does not read a2.
    judge(93, 7, 0, 0).refuse_changes(&filled(exit(7)), &["before[2]"]);
}

#[test]
fn write_gives_a0_nothing_but_a2() {
    let honest = filled(write(1, 3));
    for a0 in [1, 0, u64::MAX, 3 << 32 | 3] {
        let mut row = honest.clone();
        EcallColumns { new: halves(a0), ..EcallColumns::read(&honest) }.write(&mut row);
        judge(64, 1, 2, 3).refuse(&row);
    }
}

#[test]
fn exit_ends_and_write_does_not() {
    let mut row = filled(exit(7));
    EcallColumns { next_pc: F::from_u64(PC + 4), ..EcallColumns::read(&row) }.write(&mut row);
    judge(93, 7, 0, 0).refuse(&row);
    let mut row = filled(write(1, 3));
    EcallColumns { next_pc: F::from_u64(HALTED), ..EcallColumns::read(&row) }.write(&mut row);
    judge(64, 1, 2, 3).refuse(&row);
}

#[test]
fn no_row_is_both_or_something_else() {
    let half = F::TWO.inverse();
    for (write, exit) in [(F::ONE, F::ONE), (half, half), (F::TWO, F::NEG_ONE), (F::NEG_ONE, F::TWO)] {
        let mut row = filled(super::tests::exit(7));
        EcallColumns { write, exit, ..EcallColumns::read(&row) }.write(&mut row);
        judge(93, 7, 0, 0).refuse(&row);
    }
}

/// Why the value read from a7 is fixed: the reference traps on any other.
#[test]
fn other_system_calls_trap_and_cannot_be_proved() {
    for number in [63, 0, 94, 64 << 32, u64::MAX] {
        let mut state = MachineState { pc: PC, x: [0; 32], reservation: None };
        state.x[Reg::A7.index()] = number;
        let outcome = step(&mut state, Instruction::Ecall, &mut Words::default());
        assert_eq!(outcome, Err(Trap::UnknownSystemCall { number }));
    }
}

#[test]
fn the_table_is_as_small_as_it_was() {
    check_shape(Chip::Ecall(Ecall), 12, &[("instr", 1), ("memory", 6), ("range", 3), ("state", 2)]);
}
