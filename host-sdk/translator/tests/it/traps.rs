//! Every way to trap: same trap, same pc, same step natively as by the reference.

use zkvm_machine::{AluOp, Instruction, OpWidth, Outcome, Program, Reg, Signedness, Trap, Width};
use zkvm_test_support::{DATA, ElfBuilder, TEXT, encode, exit_with, load_constant};
use zkvm_translator::Engine;

use crate::compare::{End, check, observe};

const T0: Reg = Reg::new(5);

fn load(rs1: Reg, offset: i32) -> Instruction {
    Instruction::Load { width: Width::Double, signedness: Signedness::Signed, rd: T0, rs1, offset }
}

#[track_caller]
fn check_trap(words: Vec<u32>, expected: Trap) {
    let elf = ElfBuilder::from_words(words).data(vec![1; 4096]).build();
    check(&elf);
    let program = Program::from_elf(&elf).unwrap();
    match observe(&program, Engine::Interpreter, 1 << 20).end {
        End::Outcome { outcome: Outcome::Trapped { trap, .. }, .. } => assert_eq!(trap, expected),
        other => panic!("{other:?}"),
    }
}

fn words(code: &[Instruction]) -> Vec<u32> {
    code.iter().map(|&instruction| encode(instruction)).collect()
}

#[test]
fn wild_accesses_trap_at_their_full_address() {
    let below = 0u64.wrapping_sub(8);
    let bases = [
        0,
        8,
        0xfff8,
        0xffff,
        below,
        DATA - 1,
        DATA + 4096 - 7,
        0xffff_ffff,
        0x1_0000_0000,
        (1 << 32) + DATA,
        1 << 63,
        (1 << 63) + DATA,
        0x7fff_ffff_ffff,
        0xffff_8000_0000_0000,
        0x7bff_fff9,
    ];
    for address in bases {
        for width in Width::ALL {
            let last = address.wrapping_add(width.bytes() - 1);
            if address >= DATA && last < DATA + 4096 {
                continue;
            }
            let trap_load = Trap::LoadFault { address, width };
            let trap_store = Trap::StoreFault { address, width };
            for offset in [0, 5, -2048, 2047] {
                let mut base = load_constant(T0, address.wrapping_sub(offset as u64));
                let read = Instruction::Load { width, signedness: Signedness::Signed, rd: Reg::ZERO, rs1: T0, offset };
                let write = Instruction::Store { width, rs1: T0, rs2: T0, offset };
                let [mut reading, mut writing] = [base.clone(), std::mem::take(&mut base)];
                reading.extend([read, Instruction::Ebreak]);
                writing.extend([write, Instruction::Ebreak]);
                check_trap(words(&reading), trap_load);
                check_trap(words(&writing), trap_store);
            }
        }
    }
}

#[test]
fn a_base_that_walks_out_of_the_window_traps() {
    // The translator lets sums of small constants pass unchecked, but not without end.
    for step in [2047, -2048] {
        let walk = Instruction::AluImm { op: AluOp::Add, width: OpWidth::W64, rd: T0, rs1: T0, imm: step };
        for steps in [1, 20, 31, 32, 33, 34, 40, 120] {
            for start in [0u64, 0xffff_ffff] {
                if start == 0 && step > 0 && (33..40).contains(&steps) {
                    // That is in the text.
                    continue;
                }
                let mut code = load_constant(T0, start);
                code.extend(vec![walk; steps]);
                code.push(load(T0, 0));
                check_trap(
                    words(&code),
                    Trap::LoadFault {
                        address: start.wrapping_add((i64::from(step) * steps as i64) as u64),
                        width: Width::Double,
                    },
                );
            }
        }
    }
}

#[test]
fn text_cannot_be_written() {
    let mut code = load_constant(T0, TEXT);
    code.push(Instruction::Store { width: Width::Word, rs1: T0, rs2: T0, offset: 0 });
    check_trap(words(&code), Trap::StoreFault { address: TEXT, width: Width::Word });
}

#[test]
fn jumps_out_of_the_text_trap_at_their_target() {
    for target in [0, 4, DATA, TEXT - 4, 0x4000_0000, 1 << 32, (1 << 32) + TEXT, 0xffff_ffff_ffff_fffc] {
        let mut code = load_constant(T0, target);
        code.push(Instruction::Jalr { rd: T0, rs1: T0, offset: 0 });
        check_trap(words(&code), Trap::FetchFault { address: target });
    }
    check_trap(words(&[Instruction::Jal { rd: T0, offset: 0x8000 }]), Trap::FetchFault { address: TEXT + 0x8000 });
    // Off the end.
    check_trap(words(&[Instruction::Fence]), Trap::FetchFault { address: TEXT + 4 });
}

#[test]
fn jumps_to_odd_places() {
    // Bit 0 of a jalr's target is dropped, bit 1 traps.
    for (offset, trap) in [(15, Trap::MisalignedJump { target: TEXT + 14 }), (13, Trap::Breakpoint)] {
        let code = [
            Instruction::Auipc { rd: T0, imm: 0 },
            Instruction::Jalr { rd: Reg::ZERO, rs1: T0, offset },
            Instruction::Fence,
            Instruction::Ebreak,
        ];
        check_trap(words(&code), trap);
    }
    check_trap(words(&[Instruction::Jal { rd: T0, offset: 6 }]), Trap::MisalignedJump { target: TEXT + 6 });
}

#[test]
fn jumps_into_the_middle_of_a_block_work() {
    let bump = Instruction::AluImm { op: AluOp::Add, width: OpWidth::W64, rd: T0, rs1: T0, imm: 1 };
    let mut code = load_constant(Reg::new(6), TEXT + 4 * 20);
    code.push(Instruction::Jalr { rd: Reg::RA, rs1: Reg::new(6), offset: 0 });
    code.extend(vec![bump; 30]);
    code.extend(exit_with(3));
    check(&ElfBuilder::new(&code).build());
}

#[test]
fn illegal_words_trap_only_when_executed() {
    for word in [0, 0xffff_ffff, 0xc000_1073, 0x0000_100f] {
        check_trap(vec![encode(Instruction::Fence), word], Trap::IllegalInstruction { word });
        let mut jumped_over = vec![encode(Instruction::Jal { rd: Reg::ZERO, offset: 8 }), word];
        jumped_over.extend(words(&exit_with(0)));
        check(&ElfBuilder::from_words(jumped_over).build());
    }
}

#[test]
fn misaligned_atomics_trap() {
    let mut code = load_constant(T0, DATA + 4);
    code.push(Instruction::LoadReserved { width: Width::Double, rd: T0, rs1: T0 });
    check_trap(words(&code), Trap::MisalignedAtomic { address: DATA + 4, width: Width::Double });
}

#[test]
fn unknown_system_calls_trap_and_write_prints() {
    let mut code = load_constant(Reg::A7, 63);
    code.push(Instruction::Ecall);
    check_trap(words(&code), Trap::UnknownSystemCall { number: 63 });

    let mut code = Vec::new();
    for (reg, value) in [(Reg::A0, 1), (Reg::A1, DATA), (Reg::A2, 5), (Reg::A7, 64)] {
        code.extend(load_constant(reg, value));
    }
    code.push(Instruction::Ecall);
    code.extend(exit_with(0));
    let elf = ElfBuilder::new(&code).data(b"hello world".to_vec()).build();
    check(&elf);
    assert_eq!(observe(&Program::from_elf(&elf).unwrap(), Engine::Interpreter, 7).printed, b"hello");
}

#[test]
fn text_above_two_gibibytes_runs() {
    for address in [0x8000_0000, 0xfffe_f000 - 0x1_0000] {
        let mut code = load_constant(T0, 5);
        code.extend([
            Instruction::Auipc { rd: Reg::new(6), imm: 0 },
            Instruction::Jalr { rd: Reg::RA, rs1: Reg::new(6), offset: 8 },
        ]);
        code.extend(exit_with(1));
        check(&ElfBuilder::new(&code).text_address(address).build());
    }
}
