//! Small programs, each about one instruction.

use zkvm_abi::{INPUT, OUTPUT};
use zkvm_machine::{AluOp, Instruction, MulOp, OpWidth, Reg, Width};
use zkvm_test_support::{DATA, TEXT, exit_with, load_constant};

use crate::guest::Guest;
use crate::guest::code::{add, addi, ld, lui, sd, x};
use crate::isa::{ALU, ALU_WORD, AMO, CONDS, LOADS, MUL, MUL_WORD, mnemonic};

/// A program and the step in it that lies are about.
pub struct Scene {
    pub name: String,
    /// Mnemonic of the instruction.
    pub about: String,
    pub guest: Guest,
    pub at: usize,
    /// The step traps.
    pub traps: bool,
}

/// rd, rs1, rs2 of the instruction, and the base of the data.
const RD: Reg = x(7);
const RS1: Reg = x(5);
const RS2: Reg = x(6);
const BASE: Reg = x(8);
/// Where loads and stores go: after two words of operands.
const PLACE: i32 = 32;

/// Loads the operands, executes `middle`, whose last instruction the scene is about, then reads all registers and the memory
/// around [`PLACE`], so that no lie stays without consequence.
fn scene(operands: [u64; 2], middle: &[Instruction]) -> Scene {
    scene_before(operands, middle, &[])
}

/// The same, with `then` after the instruction that it is about.
fn scene_before(operands: [u64; 2], middle: &[Instruction], then: &[Instruction]) -> Scene {
    let mut code = vec![lui(BASE, DATA), ld(RS1, BASE, 0), ld(RS2, BASE, 8), ld(RD, BASE, 16)];
    code.extend(middle);
    let at = code.len() - 1;
    code.extend(then);
    let sum = x(9);
    for reg in [x(0), RD, RS1, RS2, Reg::RA, Reg::A0] {
        code.push(add(sum, sum, reg));
    }
    for word in 0..3 {
        code.push(ld(x(14), BASE, PLACE + 8 * (word - 1)));
        code.push(add(sum, sum, x(14)));
    }
    code.push(sd(sum, BASE, 64));
    code.extend(exit_with(7));
    let words = [operands[0], operands[1], 0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210, 0x8081_8283_c4c5_c6c7];
    let data = words.iter().chain(&[0x7766_5544_3322_1100, 3, 4, 5, 6, 7, 8]).flat_map(|word| word.to_le_bytes());
    let guest = Guest::new(&code, data.collect());
    let traps = guest.run(400).records.len() <= at;
    let last = middle.last().copied().unwrap_or(Instruction::Fence);
    Scene { name: format!("{last}, operands {operands:#x?}"), about: mnemonic(last), guest, at, traps }
}

const MIN: u64 = 1 << 63;
const MIN_WORD: u64 = 0xffff_ffff_8000_0000;

pub fn all() -> Vec<Scene> {
    let mut scenes = Vec::new();
    let (rd, rs1, rs2) = (RD, RS1, RS2);
    arithmetic(&mut scenes);
    divisions(&mut scenes);
    for cond in CONDS {
        for operands in [[3, 3], [MIN, 3], [3, MIN], [1, 1 << 32], [0xffff_ffff_0000_0001, 1]] {
            scenes.push(scene(operands, &[Instruction::Branch { cond, rs1, rs2, offset: 8 }]));
        }
    }
    jumps(&mut scenes);
    for imm in [0, 0x1000, 0x7fff_f000, 0x8000_0000, 0xffff_f000] {
        scenes.push(scene([1, 2], &[lui(rd, imm)]));
        scenes.push(scene([1, 2], &[Instruction::Auipc { rd, imm: imm as i32 }]));
    }
    scenes.push(scene([1, 2], &[lui(x(0), 0x5000)]));
    scenes.push(scene([1, 2], &[Instruction::Fence]));
    memory(&mut scenes);
    atomics(&mut scenes);
    system(&mut scenes);
    scenes
}

fn arithmetic(scenes: &mut Vec<Scene>) {
    let (rd, rs1, rs2) = (RD, RS1, RS2);
    let wide = ALU.map(|op| (op, OpWidth::W64)).into_iter().chain(ALU_WORD.map(|op| (op, OpWidth::W32)));
    for (op, width) in wide {
        for operands in [[0xffff_ffff_ffff_ffd6, 0x1_8000_0025], [0x8000_0000_8000_0001, 0xffff_ffff_ffff_ffff]] {
            scenes.push(scene(operands, &[Instruction::Alu { op, width, rd, rs1, rs2 }]));
        }
        scenes.push(scene([5, 9], &[Instruction::Alu { op, width, rd: x(0), rs1, rs2 }]));
        scenes.push(scene([12, 9], &[Instruction::Alu { op, width, rd: rs1, rs1, rs2 }]));
        scenes.push(scene([12, 9], &[Instruction::Alu { op, width, rd, rs1: rs2, rs2 }]));
        if op != AluOp::Sub {
            let shift = matches!(op, AluOp::Sll | AluOp::Srl | AluOp::Sra);
            let imm = if shift { 13 } else { -1500 };
            let legal = width == OpWidth::W64 || shift || op == AluOp::Add;
            if legal {
                scenes.push(scene([0x8765_4321_f765_4321, 9], &[Instruction::AluImm { op, width, rd, rs1, imm }]));
            }
        }
    }
    let mul = MUL.map(|op| (op, OpWidth::W64)).into_iter().chain(MUL_WORD.map(|op| (op, OpWidth::W32)));
    for (op, width) in mul.filter(|(op, _)| matches!(op, MulOp::Mul | MulOp::Mulh | MulOp::Mulhsu | MulOp::Mulhu)) {
        for operands in [[MIN + 5, u64::MAX - 6], [0x1_0000_ffff, 0xffff_8001]] {
            scenes.push(scene(operands, &[Instruction::Mul { op, width, rd, rs1, rs2 }]));
        }
    }
}

fn divisions(scenes: &mut Vec<Scene>) {
    let (rd, rs1, rs2) = (RD, RS1, RS2);
    let all = MUL.map(|op| (op, OpWidth::W64)).into_iter().chain(MUL_WORD.map(|op| (op, OpWidth::W32)));
    for (op, width) in all.filter(|(op, _)| matches!(op, MulOp::Div | MulOp::Divu | MulOp::Rem | MulOp::Remu)) {
        let minimum = if width == OpWidth::W32 { MIN_WORD } else { MIN };
        let minus = |value: u64| value.wrapping_neg();
        for operands in [[100, 7], [minus(100), 7], [100, minus(7)], [17, 0], [0, 0], [minimum, minus(1)]] {
            scenes.push(scene(operands, &[Instruction::Mul { op, width, rd, rs1, rs2 }]));
        }
        scenes.push(scene([minus(99), 0x8_0000_0007], &[Instruction::Mul { op, width, rd, rs1, rs2 }]));
    }
}

fn jumps(scenes: &mut Vec<Scene>) {
    let (rs1, ra) = (RS1, Reg::RA);
    for rd in [x(0), ra] {
        scenes.push(scene([1, 2], &[Instruction::Jal { rd, offset: 8 }]));
    }
    for (rd, low) in [(ra, 0), (ra, 1), (rs1, 0), (x(0), 1)] {
        let here = [Instruction::Auipc { rd: rs1, imm: 0 }];
        scenes.push(scene([1, 2], &[here[0], Instruction::Jalr { rd, rs1, offset: 12 + low }]));
    }
    // Traps: to an address that is no multiple of 4.
    for offset in [14, 15] {
        let here = Instruction::Auipc { rd: rs1, imm: 0 };
        scenes.push(scene([1, 2], &[here, Instruction::Jalr { rd: ra, rs1, offset }]));
    }
    scenes.push(scene([1, 2], &[Instruction::Jal { rd: ra, offset: 10 }]));
}

fn memory(scenes: &mut Vec<Scene>) {
    let (rd, rs1, rs2) = (RD, RS1, RS2);
    let place = DATA + PLACE as u64;
    for (width, signedness) in LOADS {
        for offset in [0, 3, 4] {
            scenes.push(scene([place, 9], &[Instruction::Load { width, signedness, rd, rs1, offset }]));
        }
        // Of what has just been written there.
        let load = Instruction::Load { width, signedness, rd, rs1, offset: 5 };
        scenes.push(scene([place, u64::MAX], &[sd(rs2, rs1, 0), sd(rs2, rs1, 8), load]));
        scenes.push(scene([place, 9], &[Instruction::Load { width, signedness, rd: x(0), rs1, offset: 0 }]));
        scenes.push(scene([place, 9], &[Instruction::Load { width, signedness, rd: rs1, rs1, offset: 0 }]));
        // Read-only, and traps: not mapped, above the window.
        for address in [INPUT.start, TEXT, 0x100, (1 << 32) + place] {
            scenes.push(scene([address, 9], &[Instruction::Load { width, signedness, rd, rs1, offset: 0 }]));
        }
    }
    for width in Width::ALL {
        for (offset, value) in [(0, 0x1122_3344_5566_7788), (3, 0xf1f2_f3f4_f5f6_f7f8), (6, 9), (4, 9)] {
            scenes.push(scene([place, value], &[Instruction::Store { width, rs1, rs2, offset }]));
        }
        scenes.push(scene([place, 9], &[Instruction::Store { width, rs1, rs2: rs1, offset: 0 }]));
        for address in [INPUT.start, TEXT, INPUT.start - 1, 0x100, (1 << 32) + place, OUTPUT.start + 8] {
            scenes.push(scene([address, 9], &[Instruction::Store { width, rs1, rs2, offset: 0 }]));
        }
    }
}

fn atomics(scenes: &mut Vec<Scene>) {
    let (rd, rs1, rs2) = (RD, RS1, RS2);
    let place = DATA + PLACE as u64;
    for width in [Width::Word, Width::Double] {
        for op in AMO {
            let amo = Instruction::Amo { op, width, rd, rs1, rs2 };
            for operand in [5, 0xfeed_f00d_dead_beef] {
                scenes.push(scene([place, operand], &[amo]));
            }
            scenes.push(scene([place + 4, 0x1234_5678], &[Instruction::Amo { op, width, rd, rs1, rs2 }]));
            scenes.push(scene([INPUT.start, 5], &[amo]));
        }
        let lr = Instruction::LoadReserved { width, rd, rs1 };
        let sc = Instruction::StoreConditional { width, rd, rs1, rs2 };
        let other = if width == Width::Word { Width::Double } else { Width::Word };
        scenes.push(scene([place, 77], &[lr]));
        scenes.push(scene([INPUT.start, 77], &[lr]));
        scenes.push(scene([place, 77], &[lr, sc]));
        scenes.push(scene([place, 77], &[sc]));
        scenes.push(scene([place, 77], &[lr, sc, sc]));
        // What a lie about the reservation leads to is seen at the next `sc`.
        scenes.push(scene_before([place, 77], &[lr, sc], &[sc]));
        scenes.push(scene_before([place, 77], &[sc], &[sc]));
        scenes.push(scene_before([place, 77], &[lr], &[sc]));
        scenes.push(scene([place, 77], &[lr, addi(rs1, rs1, 8), sc]));
        scenes.push(scene([place, 77], &[Instruction::LoadReserved { width: other, rd, rs1 }, sc]));
        scenes.push(scene([INPUT.start, 77], &[lr, sc]));
        scenes.push(scene([place + 2, 77], &[sc]));
        scenes.push(scene([place + 2, 77], &[lr]));
    }
}

fn system(scenes: &mut Vec<Scene>) {
    let (a0, a2, a7) = (Reg::A0, Reg::A2, Reg::A7);
    let call = |number, first| [addi(a0, x(0), first), addi(a2, x(0), 55), addi(a7, x(0), number), Instruction::Ecall];
    scenes.push(scene([1, 2], &call(64, 1)));
    scenes.push(scene([1, 2], &call(64, 99)));
    scenes.push(scene([1, 2], &call(93, 0)));
    scenes.push(scene([1, 2], &call(93, 3)));
    scenes.push(scene([1, 2], &call(63, 1)));
    scenes.push(scene([1, 2], &[Instruction::Ebreak]));
    let far = [load_constant(a7, (1 << 32) + 93), vec![Instruction::Ecall]].concat();
    scenes.push(scene([1, 2], &far));
}
