use p3_field::{Field, PrimeCharacteristicRing, PrimeField64};
use zkvm_machine::{AmoOp, Instruction, MachineState, Reg, Reservation, Trap, Width, step};

use super::{Atomic, AtomicColumns, AtomicFields, AtomicStep, Class, rows};
use crate::bus::kind;
use crate::cells::{READ_ONLY, RESERVATION, destination, source};
use crate::chip::Chip;
use crate::chips::testing::{Judge, Random, Verdict, WORDS, Words, check_counts, check_requests, check_shape};
use crate::counts::Counts;
use crate::field::{F, halves};

const CHIP: Chip = Chip::Atomic(Atomic);
const PC: u64 = 0x8000_0020;
const TIME: u64 = 80_000;
const BEFORE: [u64; 5] = [79_999, 20_000, 14_466, 50_000, 60_000];
const ADDRESS: u64 = 0x7fff_fff0;
const OPS: [AmoOp; 9] =
    [AmoOp::Swap, AmoOp::Add, AmoOp::Xor, AmoOp::And, AmoOp::Or, AmoOp::Min, AmoOp::Max, AmoOp::Minu, AmoOp::Maxu];
const WIDTHS: [Width; 2] = [Width::Word, Width::Double];

/// An instruction with the state it meets.
#[derive(Clone, Copy)]
struct Case {
    instruction: Instruction,
    address: u64,
    rs2: u64,
    word: u64,
    rd: u64,
    reservation: Option<Reservation>,
    read_only: bool,
}

fn case(instruction: Instruction) -> Case {
    Case {
        instruction,
        address: ADDRESS,
        rs2: 0x0123_4567_89ab_cdef,
        word: 0x8765_4321_fedc_ba98,
        rd: 0x55,
        reservation: None,
        read_only: false,
    }
}

fn lr(width: Width) -> Case {
    let (rd, rs1) = (Reg::A2, Reg::A0);
    Case { rs2: 0, ..case(Instruction::LoadReserved { width, rd, rs1 }) }
}

fn sc(width: Width, reservation: Option<Reservation>) -> Case {
    let (rd, rs1, rs2) = (Reg::A2, Reg::A0, Reg::A1);
    Case { reservation, ..case(Instruction::StoreConditional { width, rd, rs1, rs2 }) }
}

fn amo(op: AmoOp, width: Width) -> Case {
    let (rd, rs1, rs2) = (Reg::A2, Reg::A0, Reg::A1);
    case(Instruction::Amo { op, width, rd, rs1, rs2 })
}

fn held(address: u64, width: Width) -> Option<Reservation> {
    Some(Reservation { address, width })
}

/// Times of the accesses before. A register may have been accessed by the row itself.
fn before(it: &Case) -> [u64; 5] {
    let (rs1, rs2, rd) = registers(it.instruction);
    let mut before = BEFORE;
    if rs2 == rs1 {
        before[1] = TIME;
    }
    if rd != Reg::ZERO && rd == rs2 {
        before[3] = TIME + 1;
    } else if rd != Reg::ZERO && rd == rs1 {
        before[3] = TIME;
    }
    before
}

fn content(reservation: Option<Reservation>) -> u64 {
    reservation.map_or(0, |Reservation { address, width }| AtomicStep::held(address, width))
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for width in WIDTHS {
        for address in (ADDRESS..ADDRESS + 8).step_by(width.bytes() as usize) {
            for (index, word) in WORDS.into_iter().enumerate() {
                let rs2 = WORDS[(index * 5 + 3) % 12];
                let meet = |case: Case| Case { address, word, rs2, ..case };
                cases.push(Case { rs2: 0, read_only: index % 2 == 0, ..meet(lr(width)) });
                cases.push(Case { rs2: 0, reservation: held(8, Width::Word), ..meet(lr(width)) });
                for reservation in [
                    None,
                    held(address, Width::Word),
                    held(address, Width::Double),
                    held(address ^ 8, width),
                    held(address + 0x8000_0000, width),
                ] {
                    cases.push(meet(sc(width, reservation)));
                }
                for op in OPS {
                    cases.push(meet(amo(op, width)));
                    cases.push(Case { rs2: word, ..meet(amo(op, width)) });
                    cases.push(Case { rs2: rs2.rotate_left(32), ..meet(amo(op, width)) });
                }
            }
        }
    }
    cases
}

fn registers(instruction: Instruction) -> (Reg, Reg, Reg) {
    let (rs1, rs2) = instruction.sources();
    (rs1, rs2, instruction.destination().unwrap_or(Reg::ZERO))
}

/// Whether the reference accesses memory.
struct Expected {
    judge: Judge,
    accessed: bool,
}

/// What the row must say, by the reference semantics.
fn expected(it: &Case) -> Expected {
    let (rs1, rs2, rd) = registers(it.instruction);
    let mut state = MachineState { pc: PC, x: [0; 32], reservation: it.reservation };
    for (reg, value) in [(rd, it.rd), (rs2, it.rs2), (rs1, it.address)] {
        state.x[reg.index()] = if reg == Reg::ZERO { 0 } else { value };
    }
    let cell = it.address / 8;
    let mut memory = Words::default();
    memory.words.insert(cell, it.word);
    memory.read_only.extend(it.read_only.then_some(cell));
    let record = step(&mut state, it.instruction, &mut memory).expect("does not trap");

    let fields = AtomicFields::of(it.instruction).expect("an instruction of A").fields();
    let mut judge = Judge::new(CHIP);
    let before = before(it);
    let [code, r1, r2, r3, unit, ..] = fields;
    judge.fetches([kind::ATOMIC, PC, code, r1, r2, r3, unit, 0, 0, 0]);
    judge.executes([TIME, PC], [TIME + 5, state.pc]);
    judge.accesses(source(rs1), [before[0], TIME], [it.address; 2]);
    judge.accesses(source(rs2), [before[1], TIME + 1], [it.rs2; 2]);
    let accessed = record.access.is_some();
    if accessed {
        let name = cell + if it.read_only { READ_ONLY } else { 0 };
        judge.accesses(name, [before[2], TIME + 2], [it.word, memory.words[&cell]]);
    } else {
        judge.leaves_alone(cell, before[2], it.word);
    }
    judge.accesses(destination(rd), [before[3], TIME + 3], [it.rd, record.rd]);
    if matches!(it.instruction, Instruction::Amo { .. }) {
        assert_eq!(state.reservation, it.reservation);
        judge.leaves_alone(RESERVATION, before[4], content(it.reservation));
    } else {
        let values = [content(it.reservation), content(state.reservation)];
        judge.accesses(RESERVATION, [before[4], TIME + 4], values);
    }
    Expected { judge, accessed }
}

fn judge(it: &Case) -> Judge {
    expected(it).judge
}

fn to_step(it: &Case) -> AtomicStep {
    AtomicStep {
        pc: PC,
        time: TIME,
        fields: AtomicFields::of(it.instruction).expect("an instruction of A"),
        address: it.address,
        rs2: it.rs2,
        word: it.word,
        read_only: it.read_only,
        rd: it.rd,
        reservation: content(it.reservation),
        before: before(it),
    }
}

fn columns(it: &Case) -> AtomicColumns<F> {
    let rows = rows(&[to_step(it)], &mut Counts::default(), &mut Vec::new());
    AtomicColumns::read(&rows.values[..rows.width])
}

fn written(columns: AtomicColumns<F>) -> Vec<F> {
    let mut row = vec![F::ZERO; AtomicColumns::<F>::WIDTH];
    columns.write(&mut row);
    row
}

fn filled(it: &Case) -> Vec<F> {
    written(columns(it))
}

/// Cells of values and times that a row does not use.
fn meaningless(it: &Case) -> Vec<&'static str> {
    let fields = AtomicFields::of(it.instruction).expect("an instruction of A");
    let reservation: &[&str] = match fields.class {
        Class::LoadReserved => &["y", "z"],
        Class::StoreConditional if expected(it).accessed => &[],
        Class::StoreConditional => &["before[2]", "old", "high"],
        Class::Swap => &["before[4]", "x", "y", "z", "after"],
        Class::Add => &["before[4]"],
        Class::Bitwise | Class::Pick => &["before[4]", "after"],
    };
    reservation.to_vec()
}

#[test]
fn every_instruction_is_proved() {
    for case in cases() {
        judge(&case).accept(&filled(&case));
    }
    Judge::new(CHIP).accept(&[F::ZERO; AtomicColumns::<F>::WIDTH]);
}

#[test]
fn a_row_knows_what_it_accesses() {
    for case in cases() {
        let step = to_step(&case);
        assert_eq!(step.refused(), !expected(&case).accessed);
        assert_eq!(step.reserves(), !matches!(case.instruction, Instruction::Amo { .. }));
    }
}

#[test]
fn what_is_asked_is_counted_and_handed_on() {
    let steps: Vec<AtomicStep> = cases().iter().map(to_step).collect();
    let (mut counts, mut units) = (Counts::default(), Vec::new());
    let rows = rows(&steps, &mut counts, &mut units);
    check_counts(CHIP, rows.clone(), &counts);
    check_requests(CHIP, rows, &units, &[]);
}

#[test]
fn registers_may_be_one_another_or_x0() {
    let width = Width::Word;
    let (rd, rs1) = (Reg::ZERO, Reg::A0);
    let mut cases = vec![
        Case { rs2: 0, ..case(Instruction::LoadReserved { width, rd, rs1 }) },
        Case { rs2: 0, rd: ADDRESS, ..case(Instruction::LoadReserved { width, rd: rs1, rs1 }) },
    ];
    for op in OPS {
        let instruction = Instruction::Amo { op, width, rd, rs1, rs2: rs1 };
        cases.push(Case { rs2: ADDRESS, ..case(instruction) });
        let instruction = Instruction::Amo { op, width, rd: rs1, rs1, rs2: rs1 };
        cases.push(Case { rs2: ADDRESS, rd: ADDRESS, ..case(instruction) });
    }
    let instruction = Instruction::StoreConditional { width, rd: rs1, rs1, rs2: Reg::ZERO };
    cases.push(Case { rs2: 0, rd: ADDRESS, ..case(instruction) });
    let instruction = Instruction::StoreConditional { width, rd, rs1, rs2: rs1 };
    cases.push(Case { rs2: ADDRESS, reservation: held(ADDRESS, width), ..case(instruction) });
    for case in cases {
        judge(&case).accept(&filled(&case));
        judge(&case).refuse_changes(&filled(&case), &meaningless(&case));
    }
}

#[test]
fn no_cell_of_atomic_is_free() {
    for case in cases().into_iter().step_by(23) {
        judge(&case).refuse_changes(&filled(&case), &meaningless(&case));
    }
}

#[test]
fn mixtures_of_rows_are_refused() {
    let cases = cases();
    let mut random = Random(3);
    for case in cases.iter().step_by(3) {
        for _ in 0..6 {
            let other = filled(&cases[random.next() as usize % cases.len()]);
            judge(case).refuse_mixtures(&filled(case), &other, &mut random);
        }
    }
}

#[test]
fn a_wrong_value_is_refused() {
    for case in cases().into_iter().step_by(5) {
        let row = columns(&case);
        let bump = |value: [F; 2], half: usize| core::array::from_fn(|at| value[at] + F::from_bool(at == half));
        for half in 0..2 {
            let (value, new) = (bump(row.value, half), bump(row.new, half));
            judge(&case).refuse(&written(AtomicColumns { new, ..row }));
            judge(&case).refuse(&written(AtomicColumns { value, ..row }));
            judge(&case).refuse(&written(AtomicColumns { rd_new: bump(row.rd_new, half), ..row }));
            judge(&case).refuse(&written(AtomicColumns { value, new, x: value, y: value, z: value, ..row }));
            if columns(&case).refused == F::ZERO && stores(&row, value) != row.new {
                let new = stores(&row, value);
                judge(&case).refuse(&written(AtomicColumns { value, new, ..row }));
                judge(&case).refuse(&written(AtomicColumns { value, new, x: value, y: value, z: value, ..row }));
            }
        }
    }
}

/// The word after, if `value` is written.
fn stores(row: &AtomicColumns<F>, value: [F; 2]) -> [F; 2] {
    match (row.double == F::ONE, row.high == F::ONE) {
        (true, _) => value,
        (_, true) => [row.old[0], value[1]],
        (_, false) => [value[1], row.old[1]],
    }
}

#[test]
fn operands_are_the_words_in_memory_and_rs2() {
    for case in cases().into_iter().step_by(5) {
        let truth = columns(&case);
        let AtomicColumns { old, rs2, rd_new, limbs, sign, x, y, .. } = truth;
        for bit in [0, 31, 32, 63] {
            for lie in [Case { word: case.word ^ 1 << bit, ..case }, Case { rs2: case.rs2 ^ 1 << bit, ..case }] {
                let lie = AtomicColumns { old, rs2, rd_new, limbs, sign, ..columns(&lie) };
                if truth.refused == F::ZERO && lie.new != truth.new {
                    judge(&case).refuse(&written(lie));
                    judge(&case).refuse(&written(AtomicColumns { x, y, ..lie }));
                }
            }
        }
    }
}

#[test]
fn a_carry_is_a_bit() {
    let case = Case { word: 0x8000_0000_0000_0007, rs2: 0x8000_0000_0000_0009, ..amo(AmoOp::Add, Width::Double) };
    let row = columns(&case);
    let claim = |value: [F; 2], after| {
        let [x, y, z, new] = [value; 4];
        judge(&case).refuse(&written(AtomicColumns { value, x, y, z, new, after, ..row }));
    };
    // 2^32 · (1 − 2^32) is 1 in the field: so a carry of 1 − 2^32 takes 1 from the low half and keeps the high half a word.
    claim([F::from_u8(15), F::ONE], [F::ONE - F::from_u64(1 << 32), F::ZERO]);
    claim([F::from_u8(16), F::ONE], [F::ZERO, F::ONE - F::from_u64(1 << 32).inverse()]);
}

#[test]
fn a_wrong_sign_is_refused() {
    let word = 0x8000_0001_7fff_ffff;
    for mut case in [lr(Width::Word), amo(AmoOp::Swap, Width::Word)] {
        for address in [ADDRESS, ADDRESS + 4] {
            case = Case { address, word, ..case };
            let row = columns(&case);
            let sign = F::ONE - row.sign;
            let fill = [row.rd_new[0], sign * F::from_u64(0xffff_ffff)];
            let upper = row.limbs[1] + (sign - row.sign) * F::from_u64(0x8000);
            let limbs = [row.limbs[0], upper];
            judge(&case).refuse(&written(AtomicColumns { rd_new: fill, ..row }));
            judge(&case).refuse(&written(AtomicColumns { rd_new: fill, sign, ..row }));
            judge(&case).refuse(&written(AtomicColumns { rd_new: fill, sign, limbs, ..row }));
        }
    }
}

#[test]
fn a_sum_is_below_2_to_the_64() {
    // The carry denied, and the sum too large instead.
    let case = Case { word: u64::MAX, rs2: 1, ..amo(AmoOp::Add, Width::Double) };
    let row = columns(&case);
    let over = [F::from_u64(1 << 32), F::from_u64(0xffff_ffff)];
    let lie = AtomicColumns { value: over, x: over, y: over, z: over, new: over, after: [F::ZERO; 2], ..row };
    let verdict = judge(&case).verdict(&written(lie));
    assert!(matches!(&verdict, Verdict::Refused(why) if why.contains("instr")), "not the unit's: {verdict:?}");
}

#[test]
fn the_smaller_is_not_the_larger() {
    for op in [AmoOp::Min, AmoOp::Max, AmoOp::Minu, AmoOp::Maxu] {
        for width in WIDTHS {
            let case = Case { word: 0x8000_0000_7fff_ffff, rs2: 0x7fff_ffff_8000_0000, ..amo(op, width) };
            let row = columns(&case);
            let z = [F::ONE - row.z[0], F::ZERO];
            let value = if z[0] == F::ONE { row.x } else { row.y };
            let new = if width == Width::Double { value } else { [value[1], row.new[1]] };
            judge(&case).refuse(&written(AtomicColumns { z, value, new, ..row }));
        }
    }
}

#[test]
fn sc_neither_succeeds_nor_fails_at_will() {
    for width in WIDTHS {
        let other = if width == Width::Word { Width::Double } else { Width::Word };
        let held_here = sc(width, held(ADDRESS, width));
        let fails = [None, held(ADDRESS, other), held(ADDRESS ^ 8, width), held(0, width)].map(|held| sc(width, held));
        for case in fails {
            // Succeeds with the reservation it has, or with one it has not.
            let row = columns(&held_here);
            let found = columns(&case).x;
            judge(&case).refuse(&written(row));
            judge(&case).refuse(&written(AtomicColumns { x: found, ..row }));
            judge(&case).refuse(&written(AtomicColumns { x: found, y: found, ..row }));
            judge(&case).refuse(&written(AtomicColumns { x: found, z: [F::ZERO; 2], ..row }));
            // Fails, but stores; fails, but says it did not; keeps the reservation.
            let failed = columns(&case);
            judge(&case).refuse(&written(AtomicColumns { refused: F::ZERO, ..failed }));
            judge(&case).refuse(&written(AtomicColumns { rd_new: [F::ZERO; 2], ..failed }));
            judge(&case).refuse(&written(AtomicColumns { after: halves(AtomicStep::held(8, width)), ..failed }));
            judge(&held_here).refuse(&written(failed));
        }
        let row = columns(&held_here);
        let failed = AtomicColumns { refused: F::ONE, z: [F::ZERO; 2], rd_new: [F::ONE, F::ZERO], ..row };
        judge(&held_here).refuse(&written(failed));
        judge(&held_here).refuse(&written(AtomicColumns { refused: F::ONE, ..row }));
    }
}

#[test]
fn a_failing_sc_needs_no_memory_but_an_aligned_address() {
    for width in WIDTHS {
        for address in ADDRESS..ADDRESS + 8 {
            // Filled as at the aligned address below, then moved: with every limb that makes the constraint true.
            let aligned = address & !(width.bytes() - 1);
            let mut case = Case { address: aligned, ..sc(width, None) };
            let row = columns(&case);
            if address == aligned {
                judge(&case).accept(&written(row));
                continue;
            }
            let mut moved = judge(&case);
            case.address = address;
            moved.leaves_alone(source(Reg::A0), BEFORE[0], address);
            let mut state = MachineState { pc: PC, x: [0; 32], reservation: None };
            state.x[Reg::A0.index()] = address;
            let outcome = step(&mut state, case.instruction, &mut Words::default());
            assert_eq!(outcome, Err(Trap::MisalignedAtomic { address, width }));
            let address = F::from_u64(address);
            let quotient = address * F::from_u64(width.bytes()).inverse();
            let low = quotient - row.limbs[1] * F::from_u64(1 << 16);
            let y = [address, row.y[1]];
            for limbs in [row.limbs, [low, row.limbs[1]], [F::ZERO, quotient * F::from_u64(1 << 16).inverse()]] {
                let lie = written(AtomicColumns { address, y, limbs, ..row });
                let verdict = moved.verdict(&lie);
                let own_fault = |why: &String| why.contains("constraint") || why.contains("range");
                assert!(matches!(&verdict, Verdict::Refused(why) if own_fault(why)), "{verdict:?}");
            }
        }
    }
}

#[test]
fn misaligned_addresses_are_no_cells() {
    let case = amo(AmoOp::Swap, Width::Word);
    for wrong in [1, 2, 3, 5, 6, 7] {
        let row = AtomicColumns { address: F::from_u64(ADDRESS + wrong), ..columns(&case) };
        let cell = (F::from_u64(ADDRESS + wrong) - row.high * F::from_u8(4)) * F::from_u8(8).inverse();
        assert!(cell.as_canonical_u64() >> 60 != 0);
        judge(&case).refuse(&written(row));
    }
    // A double word at a multiple of 4 could only be the word below or above.
    let case = amo(AmoOp::Swap, Width::Double);
    let row = AtomicColumns { address: F::from_u64(ADDRESS + 4), high: F::ONE, ..columns(&case) };
    judge(&case).refuse(&written(row));
}

#[test]
fn only_lr_reads_read_only_memory() {
    for width in WIDTHS {
        let mut cases = OPS.map(|op| amo(op, width)).to_vec();
        cases.push(sc(width, held(ADDRESS, width)));
        for case in cases {
            let row = AtomicColumns { read_only: F::ONE, ..columns(&case) };
            let mut world = judge(&case);
            world.leaves_alone(ADDRESS / 8 + READ_ONLY, BEFORE[2], case.word);
            world.refuse(&written(row));
        }
    }
}

#[test]
fn each_instruction_has_a_row_of_its_own() {
    let mut all: Vec<[u64; 8]> = Vec::new();
    for width in WIDTHS {
        all.extend([lr(width), sc(width, None)].map(|it| AtomicFields::of(it.instruction).unwrap().fields()));
        all.extend(OPS.map(|op| AtomicFields::of(amo(op, width).instruction).unwrap().fields()));
    }
    let mut distinct = all.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), all.len());
    assert_eq!(AtomicFields::of(Instruction::Fence), None);
}

#[test]
fn the_table_is_as_small_as_it_was() {
    check_shape(CHIP, 45, &[("instr", 2), ("memory", 10), ("range", 7), ("state", 2)]);
}
