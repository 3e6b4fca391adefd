use p3_field::PrimeCharacteristicRing;
use zkvm_machine::{Instruction, MachineState, Reg, Signedness, Width, step};

use super::{Misaligned, MisalignedColumns, MisalignedStep, rows};
use crate::bus::kind;
use crate::cells::{READ_ONLY, destination, source};
use crate::chip::Chip;
use crate::chips::program::CoreFields;
use crate::chips::testing::{Judge, Random, Verdict, WORDS, Words, check_counts, check_requests, check_shape};
use crate::counts::Counts;
use crate::field::{F, halves};
use crate::op::NarrowOp;

const STEP: MisalignedStep = MisalignedStep {
    pc: 0x8000_0010,
    time: 70_000,
    op: NarrowOp::Load(Width::Word, Signedness::Signed),
    rs1: Reg::A0,
    register: Reg::A1,
    offset: 0,
    base: 0x4000_0008,
    value: 0x1122_3344_5566_7788,
    words: [0x8786_8584_8382_8180, 0x9796_9594_9392_9190],
    read_only: [false; 2],
    before: [69_999, 10_000, 4_466, 50_000],
};

fn width(op: NarrowOp) -> Width {
    match op {
        NarrowOp::Load(width, _) | NarrowOp::Store(width) => width,
    }
}

fn is_store(op: NarrowOp) -> bool {
    matches!(op, NarrowOp::Store(_))
}

fn ops() -> Vec<NarrowOp> {
    let of = |width| {
        [NarrowOp::Load(width, Signedness::Signed), NarrowOp::Load(width, Signedness::Unsigned), NarrowOp::Store(width)]
    };
    let mut ops: Vec<NarrowOp> = [Width::Half, Width::Word].into_iter().flat_map(of).collect();
    ops.extend([NarrowOp::Load(Width::Double, Signedness::Signed), NarrowOp::Store(Width::Double)]);
    ops
}

/// Every operation at every offset, with some words.
fn steps() -> Vec<MisalignedStep> {
    let mut steps = Vec::new();
    for op in ops() {
        for offset in 0..8 {
            for (index, word) in WORDS.into_iter().enumerate() {
                let (words, value) = ([word, WORDS[(index * 5 + 3) % 12]], WORDS[(index * 7 + 10) % 12]);
                steps.push(MisalignedStep { op, offset, words, value, ..STEP });
                let (offset, base) = (offset - 40, STEP.base + 40);
                steps.push(MisalignedStep { op, offset, base, ..STEP });
            }
        }
    }
    steps
}

fn instruction(it: &MisalignedStep) -> Instruction {
    let MisalignedStep { rs1, register, offset, .. } = *it;
    match it.op {
        NarrowOp::Load(width, signedness) => Instruction::Load { width, signedness, rd: register, rs1, offset },
        NarrowOp::Store(width) => Instruction::Store { width, rs1, rs2: register, offset },
    }
}

/// What the row must say, by the reference semantics.
fn judge(it: &MisalignedStep) -> Judge {
    let mut state = MachineState { pc: it.pc, x: [0; 32], reservation: None };
    state.x[it.register.index()] = if it.register == Reg::ZERO { 0 } else { it.value };
    state.x[it.rs1.index()] = it.base;
    let address = it.base.wrapping_add(it.offset as u64);
    let cells = [address / 8, address / 8 + 1];
    let crosses = address % 8 + width(it.op).bytes() > 8;
    let mut memory = Words::default();
    for (at, cell) in cells.into_iter().enumerate().take(1 + usize::from(crosses)) {
        memory.words.insert(cell, it.words[at]);
        memory.read_only.extend(it.read_only[at].then_some(cell));
    }
    let before = memory.clone();
    let instruction = instruction(it);
    let record = step(&mut state, instruction, &mut memory).expect("mapped");

    let mut judge = Judge::new(Chip::Misaligned(Misaligned));
    let CoreFields { flags, op, cells: [r1, r2, r3], imm, target } = CoreFields::of(it.pc, instruction).unwrap();
    judge.fetches([kind::CORE, it.pc, flags.packed(), op, r1, r2, r3, imm & 0xffff_ffff, imm >> 32, target]);
    judge.executes([it.time, it.pc], [it.time + 4, state.pc]);
    judge.accesses(source(it.rs1), [it.before[0], it.time], [it.base; 2]);
    let times = [it.before[1], it.time + 1];
    if is_store(it.op) {
        judge.accesses(source(it.register), times, [it.value; 2]);
    } else {
        judge.accesses(destination(it.register), times, [it.value, record.rd]);
    }
    for (at, cell) in cells.into_iter().enumerate().take(1 + usize::from(crosses)) {
        let name = cell + if it.read_only[at] { READ_ONLY } else { 0 };
        let times = [it.before[2 + at], it.time + 2 + at as u64];
        judge.accesses(name, times, [before.words[&cell], memory.words[&cell]]);
    }
    if !crosses {
        judge.leaves_alone(cells[1], it.before[3], it.words[1]);
    }
    judge
}

fn filled(step: &MisalignedStep) -> Vec<F> {
    let (mut counts, mut units, mut narrow) = (Counts::default(), Vec::new(), Vec::new());
    let rows = rows(&[*step], &mut counts, &mut units, &mut narrow);
    rows.values[..rows.width].to_vec()
}

fn columns(step: &MisalignedStep) -> MisalignedColumns<F> {
    MisalignedColumns::read(&filled(step))
}

fn written(columns: MisalignedColumns<F>) -> Vec<F> {
    let mut row = vec![F::ZERO; MisalignedColumns::<F>::WIDTH];
    columns.write(&mut row);
    row
}

#[test]
fn loads_and_stores_are_proved_at_any_address() {
    for step in steps() {
        judge(&step).accept(&filled(&step));
    }
    Judge::new(Chip::Misaligned(Misaligned)).accept(&[F::ZERO; MisalignedColumns::<F>::WIDTH]);
}

#[test]
fn registers_may_be_one_another_or_x0() {
    let base = STEP.base + 7;
    // A register that was just read as rs1.
    let again = [STEP.before[0], STEP.time, STEP.before[2], STEP.before[3]];
    for op in ops() {
        for step in [
            MisalignedStep { op, base, rs1: Reg::A0, register: Reg::A0, value: base, before: again, ..STEP },
            MisalignedStep { op, base, register: Reg::ZERO, value: 0, ..STEP },
            MisalignedStep { op, base: 0, rs1: Reg::ZERO, offset: 1023, ..STEP },
            MisalignedStep { op, base: 0u64.wrapping_sub(3), offset: 1026, ..STEP },
            MisalignedStep { op, base: 1 << 32, offset: -9, ..STEP },
        ] {
            judge(&step).accept(&filled(&step));
        }
    }
    // What TRASH held is no one's business.
    let step = MisalignedStep { base, register: Reg::ZERO, ..STEP };
    judge(&step).accept(&filled(&step));
}

#[test]
fn what_is_asked_is_counted_and_handed_on() {
    let steps = steps();
    let (mut counts, mut units, mut narrow) = (Counts::default(), Vec::new(), Vec::new());
    let rows = rows(&steps, &mut counts, &mut units, &mut narrow);
    check_counts(Chip::Misaligned(Misaligned), rows.clone(), &counts);
    check_requests(Chip::Misaligned(Misaligned), rows, &units, &narrow);
}

#[test]
fn loads_read_read_only_memory_and_stores_do_not() {
    let base = STEP.base + 6;
    for read_only in [[true, false], [false, true], [true, true]] {
        let load = MisalignedStep { base, read_only, ..STEP };
        judge(&load).accept(&filled(&load));
        let store = MisalignedStep { op: NarrowOp::Store(Width::Word), base, ..STEP };
        let mut world = judge(&store);
        for (at, read_only) in read_only.into_iter().enumerate() {
            let cell = base / 8 + at as u64 + if read_only { READ_ONLY } else { 0 };
            world.leaves_alone(cell, STEP.before[2 + at], STEP.words[at]);
        }
        world.refuse(&filled(&MisalignedStep { read_only, ..store }));
    }
}

#[test]
fn no_cell_of_misaligned_is_free() {
    for step in steps().into_iter().step_by(7) {
        let crosses = step.crosses();
        // The time of an access that is not made means nothing.
        judge(&step).refuse_changes(&filled(&step), if crosses { &[] } else { &["before[3]"] });
    }
}

#[test]
fn mixtures_of_rows_are_refused() {
    let steps = steps();
    let mut random = Random(2);
    for step in &steps {
        for _ in 0..4 {
            let other = MisalignedStep { before: step.before, ..steps[random.next() as usize % steps.len()] };
            let (row, other) = (columns(step), columns(&other));
            judge(step).refuse_mixtures(&written(row), &written(other), &mut random);
        }
    }
}

/// A step whose words are others but whose row claims the first step's: as consistent as a lie can be.
#[test]
fn a_load_of_other_bytes_is_refused() {
    for step in steps().into_iter().filter(|step| !is_store(step.op)) {
        let [first, second] = step.words;
        for words in [[second, first], [first, first], [first ^ 1 << 63, second], [first, second ^ 1]] {
            let lie = columns(&MisalignedStep { words, ..step });
            if lie.new == columns(&step).new {
                continue;
            }
            judge(&step).refuse(&written(lie));
            let truth = columns(&step);
            let found = MisalignedColumns { first: truth.first, second: truth.second, ..lie };
            judge(&step).refuse(&written(found));
            judge(&step).refuse(&written(MisalignedColumns { lower: truth.lower, upper: truth.upper, ..found }));
            let source = truth.source;
            judge(&step).refuse(&written(MisalignedColumns { new: lie.new, result: lie.result, source, ..truth }));
        }
    }
}

#[test]
fn a_store_of_another_value_is_refused() {
    for step in steps().into_iter().filter(|step| is_store(step.op)) {
        let truth = columns(&step);
        for bit in [0, 8, 40] {
            let lie = columns(&MisalignedStep { value: step.value ^ 1 << bit, ..step });
            let lie = MisalignedColumns { old: truth.old, new: truth.new, ..lie };
            if lie.result != truth.result {
                judge(&step).refuse(&written(lie));
                judge(&step).refuse(&written(MisalignedColumns { source: truth.source, ..lie }));
            }
        }
    }
}

#[test]
fn a_word_is_not_taken_for_a_half() {
    // The operation's number is the program's, the width another's: so it would not reach into the second word.
    for op in [NarrowOp::Load(Width::Word, Signedness::Unsigned), NarrowOp::Store(Width::Word)] {
        let step = MisalignedStep { op, base: STEP.base + 5, ..STEP };
        let inside = MisalignedStep { words: [STEP.words[0], 0], ..step };
        for extra in [F::from_u8(5), F::from_u8(9)] {
            let row = MisalignedColumns { crosses: F::ZERO, half: F::ONE, word: F::ZERO, extra, ..columns(&inside) };
            judge(&step).refuse(&written(row));
        }
    }
}

#[test]
fn an_address_does_not_wrap_around_the_field() {
    // A carry of 1 − 2^32 would take 2^64 − 2^32 from rs1, but that is −1 in the field.
    let step = MisalignedStep { base: 0x4000_0009, ..STEP };
    let base = 0xffff_ffff_4000_000a;
    let mut claimed = judge(&step);
    claimed.leaves_alone(source(step.rs1), step.before[0], base);
    claimed.refuse(&written(MisalignedColumns { rs1: halves(base), ..columns(&step) }));
}

#[test]
fn a_crossing_access_cannot_leave_the_second_word_out() {
    for step in steps().into_iter().filter(MisalignedStep::crosses) {
        let row = columns(&step);
        let without = MisalignedColumns { crosses: F::ZERO, second: [F::ZERO; 2], upper: [F::ZERO; 2], ..row };
        judge(&step).refuse(&written(without));
    }
}

#[test]
fn an_access_inside_a_word_cannot_touch_the_next() {
    let step = MisalignedStep { base: STEP.base + 1, ..STEP };
    let row = MisalignedColumns { crosses: F::ONE, ..columns(&step) };
    judge(&step).refuse(&written(row));
}

#[test]
fn a_store_changes_no_other_byte() {
    for step in steps().into_iter().filter(|step| is_store(step.op)) {
        let row = columns(&step);
        let bump = |value: [F; 2], half: usize| core::array::from_fn(|at| value[at] + F::from_bool(at == half));
        for half in 0..2 {
            judge(&step).refuse(&written(MisalignedColumns { first_gained: bump(row.first_gained, half), ..row }));
            judge(&step).refuse(&written(MisalignedColumns { first_lost: bump(row.first_lost, half), ..row }));
            judge(&step).refuse(&written(MisalignedColumns { second_gained: bump(row.second_gained, half), ..row }));
            judge(&step).refuse(&written(MisalignedColumns { result: bump(row.result, half), ..row }));
        }
        let nothing_lost = MisalignedColumns { first_lost: [F::ZERO; 2], second_lost: [F::ZERO; 2], ..row };
        if nothing_lost != row {
            judge(&step).refuse(&written(nothing_lost));
        }
    }
}

#[test]
fn high_bytes_of_a_load_are_its_sign() {
    let step = MisalignedStep { base: STEP.base + 5, ..STEP };
    let row = columns(&step);
    assert_eq!(row.new, halves(0xffff_ffff_9087_8685));
    for value in [0x9087_8685, 0xffff_0000_9087_8685, 0x1_9087_8685] {
        let value = halves(value);
        judge(&step).refuse(&written(MisalignedColumns { new: value, result: value, ..row }));
    }
}

#[test]
fn addresses_beyond_the_window_are_refused() {
    // Filled as if the address were its low 32 bits; or with a limb too large, which would name a register's cell.
    for (base, offset) in [(1 << 32, 1), (0xffff_ffff, 4), (1 << 63, 9), (u64::MAX << 32, 1), (0x1_0000_0005, -4)] {
        let low = base.wrapping_add(offset as u64) & 0xffff_ffff;
        let step = MisalignedStep { base: low.wrapping_sub(offset as u64), offset, ..STEP };
        let row = columns(&step);
        let mut claimed = judge(&step);
        claimed.accept(&written(row));
        claimed.leaves_alone(source(step.rs1), step.before[0], base);
        let row = MisalignedColumns { rs1: halves(base), ..row };
        let too_large = MisalignedColumns { address: [row.address[0], row.address[1] + F::from_u64(1 << 16)], ..row };
        for lie in [row, too_large] {
            let verdict = claimed.verdict(&written(lie));
            let own_fault = |why: &String| why.contains("constraint") || why.contains("range");
            assert!(matches!(&verdict, Verdict::Refused(why) if own_fault(why)), "{base:#x}: {verdict:?}");
        }
    }
}

#[test]
fn the_table_is_as_small_as_it_was() {
    check_shape(Chip::Misaligned(Misaligned), 48, &[("instr", 8), ("memory", 8), ("range", 7), ("state", 2)]);
}
