//! What random programs do not come upon: a test per bug that nothing else found (`tests/plant-translator-bugs`).

use zkvm_machine::{
    AluOp, AmoOp, Cond, Instruction, MachineState, MulOp, OpWidth, Outcome, Program, Reg, Signedness, Trap, Width,
};
use zkvm_test_support::{DATA, ElfBuilder, TEXT, exit_with, load_constant};
use zkvm_trace::{Chunk, RegisterCheckpoint};
use zkvm_translator::{Engine, MapChoice, Mode, Replayer, Rom, TranslateOptions};
use zkvm_witness::{replay_chunk, replay_tiles};

use crate::compare::{End, check, observe};

const T0: Reg = Reg::new(5);
const T1: Reg = Reg::new(6);
const T2: Reg = Reg::new(7);

const fn load(rd: Reg, rs1: Reg, offset: i32) -> Instruction {
    Instruction::Load { width: Width::Double, signedness: Signedness::Signed, rd, rs1, offset }
}

const fn alu(op: AluOp, rd: Reg, rs1: Reg, rs2: Reg) -> Instruction {
    Instruction::Alu { op, width: OpWidth::W64, rd, rs1, rs2 }
}

const fn alu_imm(op: AluOp, width: OpWidth, rd: Reg, rs1: Reg, imm: i32) -> Instruction {
    Instruction::AluImm { op, width, rd, rs1, imm }
}

const fn add_imm(rd: Reg, rs1: Reg, imm: i32) -> Instruction {
    alu_imm(AluOp::Add, OpWidth::W64, rd, rs1, imm)
}

/// Runs the same in every way, and ends with this trap.
#[track_caller]
fn check_trap(elf: &[u8], expected: Trap) {
    check(elf);
    match observe(&Program::from_elf(elf).unwrap(), Engine::Interpreter, 1 << 20).end {
        End::Outcome { outcome: Outcome::Trapped { trap, .. }, .. } => assert_eq!(trap, expected),
        other => panic!("{other:?}"),
    }
}

/// Where a source is known, or the result is wanted by nobody.
#[test]
fn immediate_operations_with_x0() {
    let shifts = [AluOp::Sll, AluOp::Srl, AluOp::Sra];
    let others = [AluOp::Add, AluOp::Slt, AluOp::Sltu, AluOp::Xor, AluOp::Or, AluOp::And];
    let wide = others.into_iter().chain(shifts).map(|op| (op, OpWidth::W64));
    let narrow = shifts.into_iter().chain([AluOp::Add]).map(|op| (op, OpWidth::W32));
    let mut code = load_constant(T0, 0x8877_6655_c433_22ff);
    for (op, width) in wide.chain(narrow) {
        let imms = if shifts.contains(&op) { [0, 1, 7, 31] } else { [0, 1, -1, -2048] };
        for (imm, [rd, rs1]) in
            imms.into_iter().flat_map(|imm| [[T1, Reg::ZERO], [Reg::ZERO, T0]].map(|regs| (imm, regs)))
        {
            code.extend([
                alu_imm(op, width, rd, rs1, imm),
                alu_imm(AluOp::Sll, OpWidth::W64, T2, T2, 1),
                alu(AluOp::Add, T2, T2, rd),
            ]);
        }
    }
    code.extend(exit_with(0));
    check(&ElfBuilder::new(&code).build());
}

#[test]
fn masks_keep_as_many_bits_as_they_have() {
    let mut code = load_constant(T0, 0x8877_6655_8433_ffff);
    for (rd, mask) in (8..).zip([255, 254, 256, 127, 128, 2047, -1, -2, -256]) {
        code.push(alu_imm(AluOp::And, OpWidth::W64, Reg::new(rd), T0, mask));
    }
    code.push(alu_imm(AluOp::And, OpWidth::W64, T0, T0, 255));
    code.extend(exit_with(0));
    check(&ElfBuilder::new(&code).build());
}

/// Shifts of one register, of which each with each other is put together: 57 and 7 are 64, but only of 64 bits.
#[test]
fn only_the_halves_of_a_rotation_are_one() {
    for op in [AluOp::Or, AluOp::Xor, AluOp::Add] {
        for width in [OpWidth::W64, OpWidth::W32] {
            let shifts = [
                (AluOp::Sll, OpWidth::W64, 57),
                (AluOp::Srl, OpWidth::W64, 7),
                (AluOp::Srl, OpWidth::W32, 7),
                (AluOp::Sll, OpWidth::W32, 25),
            ];
            for one in 0..4 {
                for two in 0..4 {
                    let mut code = load_constant(T0, 0x8877_6655_c433_22ff);
                    for (rd, (op, width, amount)) in (28..).zip(shifts) {
                        code.push(alu_imm(op, width, Reg::new(rd), T0, amount));
                    }
                    let (rs1, rs2) = (Reg::new(28 + one), Reg::new(28 + two));
                    let width = if op == AluOp::Add { width } else { OpWidth::W64 };
                    code.push(Instruction::Alu { op, width, rd: T1, rs1, rs2 });
                    code.extend(exit_with(0));
                    check(&ElfBuilder::new(&code).build());
                }
            }
        }
    }
}

/// Values that are only made when they are read, over which the x86 registers run out.
#[test]
fn what_is_not_made_yet_can_be_put_aside() {
    let [whole, low, left, right] = [8, 9, 28, 29].map(Reg::new);
    let mut code = load_constant(T0, DATA);
    // A block of its own.
    code.push(Instruction::Jal { rd: Reg::ZERO, offset: 4 });
    code.extend([load(whole, T0, 0), load(T1, T0, 8)]);
    code.push(alu_imm(AluOp::Add, OpWidth::W32, low, whole, 0));
    code.push(alu_imm(AluOp::Sll, OpWidth::W64, left, T1, 7));
    code.push(alu_imm(AluOp::Srl, OpWidth::W64, right, T1, 57));
    let others = || (10..28).map(Reg::new);
    code.extend(others().map(|reg| load(reg, T0, 8 * reg.index() as i32)));
    code.extend(others().map(|reg| alu(AluOp::Xor, T2, T2, reg)));
    code.extend([alu(AluOp::Or, T1, left, right), alu(AluOp::Xor, T2, T2, T1)]);
    code.extend([alu(AluOp::Add, T2, T2, low), alu(AluOp::Xor, T2, T2, whole)]);
    code.extend(exit_with(0));
    let data = (0..512u64).flat_map(|index| (index.wrapping_mul(0x9e37_79b9_8f4a_7c15) | 1 << 31).to_le_bytes());
    check(&ElfBuilder::new(&code).data(data.collect()).build());
}

/// Words that are not extended yet have to make room for a division, a product, and a jump.
#[test]
fn what_is_not_made_yet_can_be_moved() {
    let words = || (8..32).map(Reg::new);
    let mut code = [load_constant(T0, 0x8877_6655_c533_22ff), load_constant(T1, 3)].concat();
    for reg in words() {
        code.push(alu_imm(AluOp::Add, OpWidth::W32, reg, T0, reg.index() as i32));
        for op in [MulOp::Divu, MulOp::Mulhu, MulOp::Mulh] {
            code.push(Instruction::Mul { op, width: OpWidth::W64, rd: T2, rs1: T0, rs2: T1 });
        }
        code.push(alu(AluOp::Xor, T1, T1, reg));
    }
    code.extend(words().map(|reg| alu(AluOp::Add, T2, T2, reg)));
    code.extend(exit_with(0));
    check(&ElfBuilder::new(&code).build());
}

/// A guest that stops sees what waits to be made: shifts, and extensions of a word.
#[test]
fn a_stop_makes_what_waits() {
    for (width, bits) in [(OpWidth::W64, 64), (OpWidth::W32, 32)] {
        for (first, second) in [(AluOp::Sll, AluOp::Srl), (AluOp::Srl, AluOp::Sll)] {
            let mut code = load_constant(T0, 0x8877_6655_c533_22ff);
            code.extend([
                alu_imm(first, width, T1, T0, 7),
                alu_imm(AluOp::Add, OpWidth::W32, Reg::new(28), T0, 1),
                load(T2, Reg::ZERO, 8),
                alu_imm(second, width, T2, T0, bits - 7),
                alu(AluOp::Or, T1, T1, T2),
            ]);
            check_trap(&ElfBuilder::new(&code).build(), Trap::LoadFault { address: 8, width: Width::Double });
        }
    }
}

#[test]
fn jumps_into_the_middle_of_an_instruction_trap() {
    let trap = Trap::MisalignedJump { target: TEXT + 6 };
    let branch = Instruction::Branch { cond: Cond::Eq, rs1: T0, rs2: T0, offset: 6 };
    for jump in [Instruction::Jal { rd: T0, offset: 6 }, branch] {
        check_trap(&ElfBuilder::new(&[jump, Instruction::Fence, Instruction::Ebreak]).build(), trap);
    }
}

#[test]
fn the_end_of_the_text_is_outside() {
    let mut code: Vec<Instruction> = (1..32).map(|reg| add_imm(Reg::new(reg), Reg::ZERO, reg as i32)).collect();
    let end = TEXT + 4 * code.len() as u64;
    // Run off, with all registers in use.
    check_trap(&ElfBuilder::new(&code).build(), Trap::FetchFault { address: end });
    // Jumped to.
    code.push(Instruction::Auipc { rd: T0, imm: 0 });
    code.push(Instruction::Jalr { rd: T0, rs1: T0, offset: 8 });
    check_trap(&ElfBuilder::new(&code).build(), Trap::FetchFault { address: end + 8 });
}

#[test]
fn jumps_into_the_middle_of_a_block_work_above_two_gibibytes() {
    let mut code = vec![Instruction::Auipc { rd: T0, imm: 0 }, Instruction::Jalr { rd: Reg::RA, rs1: T0, offset: 40 }];
    code.extend([add_imm(T1, T1, 1); 30]);
    code.extend(exit_with(3));
    check(&ElfBuilder::new(&code).text_address(0x8000_0000).build());
}

#[test]
fn the_input_is_there() {
    let code = [load(T0, Reg::A0, 0), load(T1, Reg::A0, 8), load(T2, Reg::A1, 0)];
    check(&ElfBuilder::new(&[code.to_vec(), exit_with(0)].concat()).build());
}

/// An address may come from anywhere.
#[test]
fn wild_pointers_trap_wherever_they_come_from() {
    let wild = (1 << 32) + DATA;
    let trap = Trap::LoadFault { address: wild, width: Width::Double };
    let data = wild.to_le_bytes().to_vec();
    let base = load_constant(T0, DATA);
    // Loaded, over the base it was loaded from and beside it.
    for rd in [T0, T1] {
        let code = [base.clone(), vec![load(rd, T0, 0), load(T2, rd, 0)]].concat();
        check_trap(&ElfBuilder::new(&code).data(data.clone()).build(), trap);
    }
    // Made from an address that was good, in the block that uses it and in the one before.
    let far = 1u64 << 32;
    let jumps = [
        vec![],
        vec![Instruction::Jal { rd: Reg::ZERO, offset: 4 }],
        vec![Instruction::Branch { cond: Cond::Eq, rs1: T2, rs2: T2, offset: 4 }],
        vec![Instruction::Branch { cond: Cond::Ne, rs1: T2, rs2: T2, offset: 8 }],
        vec![Instruction::Auipc { rd: T2, imm: 0 }, Instruction::Jalr { rd: T2, rs1: T2, offset: 8 }],
    ];
    for pointer in [T0, Reg::SP] {
        for (op, by) in [(AluOp::Add, far), (AluOp::Sub, far.wrapping_neg()), (AluOp::Or, far), (AluOp::Xor, far)] {
            for jump in &jumps {
                let mut code = [load_constant(pointer, DATA), load_constant(T1, by)].concat();
                code.extend([load(T2, pointer, 0), alu(op, pointer, pointer, T1)]);
                code.extend(jump);
                code.push(load(T2, pointer, 0));
                check_trap(&ElfBuilder::new(&code).data(data.clone()).build(), trap);
            }
        }
    }
    // A word above 2 GiB, sign-extended, where the address without the extension is mapped.
    let text = 0x8000_0000;
    let word = |signedness| Instruction::Load { width: Width::Word, signedness, rd: T1, rs1: T0, offset: 0 };
    let data = (text as u32).to_le_bytes().to_vec();
    let code = |signedness| [base.clone(), vec![word(signedness), load(T2, T1, 0), Instruction::Ebreak]].concat();
    let elf = |signedness| ElfBuilder::new(&code(signedness)).text_address(text).data(data.clone()).build();
    let trap = Trap::LoadFault { address: 0xffff_ffff_8000_0000, width: Width::Double };
    check_trap(&elf(Signedness::Signed), trap);
    check_trap(&elf(Signedness::Unsigned), Trap::Breakpoint);
}

#[test]
fn atomics_at_wild_addresses_trap() {
    for address in [(1 << 32) + DATA, (1 << 63) + DATA, 8] {
        for width in [Width::Word, Width::Double] {
            let atomics = [
                Instruction::LoadReserved { width, rd: T1, rs1: T0 },
                Instruction::Amo { op: AmoOp::Add, width, rd: T1, rs1: T0, rs2: T2 },
            ];
            for atomic in atomics {
                let code = [load_constant(T0, address), vec![atomic, Instruction::Ebreak]].concat();
                check(&ElfBuilder::new(&code).data(vec![1; 4096]).build());
            }
            // One that would succeed but for the upper half of its address.
            let mut code = [load_constant(T0, DATA), load_constant(T2, address)].concat();
            code.push(Instruction::LoadReserved { width, rd: T1, rs1: T0 });
            code.push(Instruction::StoreConditional { width, rd: T1, rs1: T2, rs2: T0 });
            code.push(Instruction::Ebreak);
            check(&ElfBuilder::new(&code).data(vec![1; 4096]).build());
        }
    }
}

#[test]
fn a_reservation_is_of_an_address_and_a_width() {
    let [word, double] = [Width::Word, Width::Double];
    for (reserved, stored, offset) in [(word, double, 0), (double, word, 0), (word, word, 4), (double, double, 0)] {
        let mut code = load_constant(T0, DATA);
        code.push(add_imm(T1, T0, offset));
        code.push(Instruction::LoadReserved { width: reserved, rd: T2, rs1: T0 });
        code.push(Instruction::StoreConditional { width: stored, rd: Reg::new(28), rs1: T1, rs2: T1 });
        code.push(load(T2, T0, 0));
        code.extend(exit_with(0));
        check(&ElfBuilder::new(&code).data(vec![1; 4096]).build());
    }
}

/// Loops that are one block, whose second iteration may be other code than the first.
#[test]
fn loops_end_where_they_should() {
    let back = |rs1, rs2, offset| Instruction::Branch { cond: Cond::Ne, rs1, rs2, offset };
    let store = Instruction::Store { width: Width::Double, rs1: T0, rs2: T0, offset: 0 };
    for access in [load(T1, T0, 0), store] {
        // By their count.
        let mut counted = [load_constant(T0, DATA), load_constant(T2, 5)].concat();
        counted.extend([access, add_imm(T0, T0, 8), add_imm(T2, T2, -1), back(T2, Reg::ZERO, -12)]);
        counted.extend([alu(AluOp::Add, Reg::new(28), T0, T1), add_imm(Reg::new(29), T0, 1)]);
        counted.extend(exit_with(0));
        check(&ElfBuilder::new(&counted).data(vec![7; 4096]).build());
        // At the end of memory.
        let endless = [load_constant(T0, DATA), vec![access, add_imm(T0, T0, 8), back(T0, Reg::ZERO, -8)]].concat();
        let (address, width) = (DATA + 4096, Width::Double);
        let trap =
            if access == store { Trap::StoreFault { address, width } } else { Trap::LoadFault { address, width } };
        check_trap(&ElfBuilder::new(&endless).data(vec![7; 4096]).build(), trap);
    }
}

/// Replay has no memory; whether an address is wild, it must find all the same.
#[test]
fn replay_of_a_wild_access_fails() {
    let mut code = load_constant(T0, DATA);
    let steps = code.len() as u64;
    code.push(load(T1, T0, 8));
    code.extend(exit_with(0));
    let program = Program::from_elf(&ElfBuilder::new(&code).data(vec![1; 4096]).build()).unwrap();
    let mut options = TranslateOptions { mode: Mode::Traced, max_block: 1, maps: MapChoice::Loops };
    let traced = Rom::translate(&program, &options);
    options.mode = Mode::Replay;
    let rom = Rom::translate(&program, &options);
    let observed = observe(&program, Engine::Native(&traced), steps);
    let mut chunk: Chunk = observed.chunks.into_iter().nth(1).unwrap();
    for wild in [0, 1 << 32, 1 << 63] {
        let RegisterCheckpoint { state: MachineState { x, .. }, .. } = &mut chunk.start;
        x[T0.index()] = DATA + wild;
        let mut replayer = Replayer::new(&program, &rom).unwrap();
        let replayed = replay_tiles(&program, &mut replayer, (&chunk).into(), &mut |_| ());
        assert_eq!(replayed, replay_chunk(&program, (&chunk).into(), |_, _| ()));
        assert_eq!(replayed.is_ok(), wild == 0);
    }
}
