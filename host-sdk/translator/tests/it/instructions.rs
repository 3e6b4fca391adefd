//! Every instruction, with edge operands, with registers that alias, in registers and in memory.

use zkvm_machine::{AluOp, AmoOp, Cond, Instruction, MulOp, OpWidth, Reg, Signedness, Width};
use zkvm_test_support::{DATA, EDGES, ElfBuilder, exit_with, load_constant};

use crate::compare::check_to_end;

const DATA_REG: Reg = Reg::new(8);
const SUM: Reg = Reg::new(9);

/// `(rd, rs1, rs2)`: all different, every aliasing, `x0` in every place.
fn operand_registers() -> Vec<[Reg; 3]> {
    let [a, b, c, z] = [5, 6, 7, 0].map(Reg::new);
    vec![
        [a, b, c],
        [a, a, b],
        [a, b, a],
        [a, b, b],
        [a, a, a],
        [z, a, b],
        [a, z, b],
        [a, b, z],
        [a, z, z],
        [z, z, z],
        [a, a, z],
        [a, z, a],
    ]
}

/// A test program: per pair of edge operands and choice of registers the instruction, its result mixed into `SUM`.
/// `busy` makes eleven other registers so much used that the operands live in memory, or not.
fn program(busy: bool, make: &dyn Fn([Reg; 3]) -> Vec<Instruction>) -> Vec<Instruction> {
    let mut code = load_constant(DATA_REG, DATA + 2048);
    // Straight code: the operands come from a table in memory, at DATA.
    for registers in operand_registers() {
        let [rd, rs1, rs2] = registers;
        for pair in 0..16 {
            for (reg, place) in [(rd, 7), (rs1, pair * 2), (rs2, pair * 2 + 1)] {
                let load = Instruction::Load {
                    width: Width::Double,
                    signedness: Signedness::Signed,
                    rd: reg,
                    rs1: DATA_REG,
                    offset: place * 8 - 2048,
                };
                code.push(load);
            }
            code.extend(make(registers));
            let add = |rs2| Instruction::Alu { op: AluOp::Add, width: OpWidth::W64, rd: SUM, rs1: SUM, rs2 };
            let rotate = Instruction::AluImm { op: AluOp::Sll, width: OpWidth::W64, rd: SUM, rs1: SUM, imm: 1 };
            code.extend([rotate, add(rd), add(rs1)]);
        }
    }
    if busy {
        for index in (10..32).filter(|&index| index != 17) {
            let reg = Reg::new(index);
            let use_it = Instruction::Alu { op: AluOp::Xor, width: OpWidth::W64, rd: reg, rs1: reg, rs2: reg };
            code.extend([use_it; 400]);
        }
    }
    code.extend(exit_with(0));
    code
}

#[track_caller]
fn check_instruction(make: &dyn Fn([Reg; 3]) -> Vec<Instruction>) {
    // All pairs of edges, 16 at a time.
    let pairs: Vec<[u64; 2]> = EDGES.iter().flat_map(|&a| EDGES.iter().map(move |&b| [a, b])).collect();
    for busy in [false, true] {
        let code = program(busy, make);
        let step = if busy { 61 } else { 16 };
        for chunk in pairs.chunks(step) {
            let mut words: Vec<u64> = chunk.iter().flatten().copied().cycle().take(32).collect();
            words.resize(512, 0x0123_4567_89ab_cdef);
            let data = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            check_to_end(&ElfBuilder::new(&code).data(data).build());
        }
    }
}

const ALU: [AluOp; 10] = [
    AluOp::Add,
    AluOp::Sub,
    AluOp::Sll,
    AluOp::Slt,
    AluOp::Sltu,
    AluOp::Xor,
    AluOp::Srl,
    AluOp::Sra,
    AluOp::Or,
    AluOp::And,
];

#[test]
fn register_operations() {
    check_instruction(&|[rd, rs1, rs2]| {
        let wide = ALU.map(|op| Instruction::Alu { op, width: OpWidth::W64, rd, rs1, rs2 });
        let narrow = [AluOp::Add, AluOp::Sub, AluOp::Sll, AluOp::Srl, AluOp::Sra];
        let narrow = narrow.map(|op| Instruction::Alu { op, width: OpWidth::W32, rd, rs1, rs2 });
        each_with_reload(rd, wide.into_iter().chain(narrow))
    });
}

#[test]
fn immediate_operations() {
    check_instruction(&|[rd, rs1, _]| {
        let imms = [0, 1, -1, 127, 128, -128, -129, 2047, -2048];
        let wide = [AluOp::Add, AluOp::Slt, AluOp::Sltu, AluOp::Xor, AluOp::Or, AluOp::And];
        let wide = wide.into_iter().flat_map(|op| imms.map(|imm| (op, OpWidth::W64, imm)));
        let narrow = imms.map(|imm| (AluOp::Add, OpWidth::W32, imm));
        let shifts = [AluOp::Sll, AluOp::Srl, AluOp::Sra].into_iter().flat_map(|op| {
            [
                (op, OpWidth::W64, 0),
                (op, OpWidth::W64, 1),
                (op, OpWidth::W64, 63),
                (op, OpWidth::W32, 0),
                (op, OpWidth::W32, 31),
            ]
        });
        let all = wide.chain(narrow).chain(shifts);
        each_with_reload(rd, all.map(|(op, width, imm)| Instruction::AluImm { op, width, rd, rs1, imm }))
    });
}

#[test]
fn multiplications_and_divisions() {
    check_instruction(&|[rd, rs1, rs2]| {
        let wide =
            [MulOp::Mul, MulOp::Mulh, MulOp::Mulhsu, MulOp::Mulhu, MulOp::Div, MulOp::Divu, MulOp::Rem, MulOp::Remu];
        let narrow = [MulOp::Mul, MulOp::Div, MulOp::Divu, MulOp::Rem, MulOp::Remu];
        let wide = wide.map(|op| Instruction::Mul { op, width: OpWidth::W64, rd, rs1, rs2 });
        let narrow = narrow.map(|op| Instruction::Mul { op, width: OpWidth::W32, rd, rs1, rs2 });
        each_with_reload(rd, wide.into_iter().chain(narrow))
    });
}

/// Sequences of which native code makes one instruction, or flags that are still there; next to each such one that it must
/// not take for one.
#[test]
fn sequences_that_become_one_instruction() {
    let wide = OpWidth::W64;
    let other = Reg::new(28);
    check_instruction(&|[rd, rs1, rs2]| {
        let shift = |op, width, rd, rs1, imm| Instruction::AluImm { op, width, rd, rs1, imm };
        let alu = |op, width, rd, rs1, rs2| Instruction::Alu { op, width, rd, rs1, rs2 };
        let mul = |op, width, rd, rs1, rs2| Instruction::Mul { op, width, rd, rs1, rs2 };
        let mut code = Vec::new();
        // Each choice of registers has every eighth sequence, so that a program is short enough to be run to its end.
        let mut number = [rd, rs1, rs2].into_iter().zip(1..).map(|(reg, factor)| factor * reg.index()).sum::<usize>();
        let mut mixed = |sequence: &[Instruction]| {
            number += 1;
            if number.is_multiple_of(8) {
                code.extend_from_slice(sequence);
                code.extend([rd, other].into_iter().flat_map(mix));
            }
        };
        // Extensions, and multiplication of an extended word.
        for (left, right) in [(32, 32), (48, 48), (56, 56), (32, 29), (32, 1), (32, 33), (48, 32), (31, 31)] {
            for op in [AluOp::Srl, AluOp::Sra] {
                mixed(&[shift(AluOp::Sll, wide, other, rs1, left), shift(op, wide, other, other, right)]);
                mixed(&[shift(AluOp::Sll, wide, other, rs2, left), shift(op, wide, rd, other, right)]);
                mixed(&[shift(AluOp::Sll, wide, rd, rs1, left), shift(op, wide, rd, rd, right)]);
            }
        }
        // Rotations.
        for (width, bits) in [(wide, 64), (OpWidth::W32, 32)] {
            for (op, amount) in [(AluOp::Or, 7), (AluOp::Xor, 31), (AluOp::Add, 1), (AluOp::Or, 25), (AluOp::And, 9)] {
                let right = shift(AluOp::Srl, width, rd, rs1, amount);
                let left = shift(AluOp::Sll, width, other, rs1, bits - amount);
                mixed(&[right, left, alu(op, wide, rd, rd, other)]);
                mixed(&[left, right, alu(op, wide, other, other, rd)]);
                let early = shift(AluOp::Sll, width, other, rs1, bits - amount - 1);
                mixed(&[right, early, alu(op, wide, rd, other, rd)]);
                if op == AluOp::Add {
                    mixed(&[left, right, alu(op, OpWidth::W32, rd, rd, other)]);
                }
            }
        }
        // Both halves of a product.
        for (one, two) in [(MulOp::Mulhu, MulOp::Mul), (MulOp::Mul, MulOp::Mulhu), (MulOp::Mulh, MulOp::Mul)] {
            mixed(&[mul(one, wide, other, rs1, rs2), mul(two, wide, rd, rs1, rs2)]);
            mixed(&[mul(one, wide, rd, rs1, rs2), mul(two, wide, other, rs2, rs1)]);
            mixed(&[mul(one, wide, other, rs1, rs2), mul(MulOp::Mul, OpWidth::W32, rd, rs1, rs2)]);
        }
        // Carries.
        for term in [rs1, rs2, rd] {
            mixed(&[alu(AluOp::Add, wide, rd, rs1, rs2), alu(AluOp::Sltu, wide, other, rd, term)]);
            mixed(&[alu(AluOp::Add, wide, other, rs1, rs2), alu(AluOp::Sltu, wide, rd, other, term)]);
            mixed(&[alu(AluOp::Add, wide, rd, rs1, rs2), alu(AluOp::Sltu, wide, rd, rd, term)]);
            mixed(&[alu(AluOp::Add, wide, rd, rs1, rs2), alu(AluOp::Slt, wide, other, rd, term)]);
            mixed(&[alu(AluOp::Add, OpWidth::W32, rd, rs1, rs2), alu(AluOp::Sltu, wide, other, rd, term)]);
        }
        code
    });
}

/// A carry that goes to x0 is not that of a later comparison.
#[test]
fn a_carry_nobody_wants_is_forgotten() {
    check_instruction(&|[rd, rs1, rs2]| {
        let alu = |op, rd, rs1, rs2| Instruction::Alu { op, width: OpWidth::W64, rd, rs1, rs2 };
        let [sum, less] = [28, 29].map(Reg::new);
        let unwanted = [alu(AluOp::Add, sum, rs1, rs2), alu(AluOp::Sltu, Reg::ZERO, sum, rs1)];
        let comparison = [alu(AluOp::Sltu, less, rs2, rs1), alu(AluOp::Sltu, rd, rs1, rs2)];
        [unwanted, comparison, mix(less), mix(rd)].concat()
    });
}

/// The instructions one after another, each result mixed into `SUM`. With `rd` aliasing a source, each works on the
/// result of the one before.
fn each_with_reload(rd: Reg, instructions: impl Iterator<Item = Instruction>) -> Vec<Instruction> {
    instructions.flat_map(|instruction| [[instruction].as_slice(), &mix(rd)].concat()).collect()
}

fn mix(reg: Reg) -> [Instruction; 2] {
    [
        Instruction::AluImm { op: AluOp::Sll, width: OpWidth::W64, rd: SUM, rs1: SUM, imm: 7 },
        Instruction::Alu { op: AluOp::Xor, width: OpWidth::W64, rd: SUM, rs1: SUM, rs2: reg },
    ]
}

#[test]
fn branches() {
    check_instruction(&|[_, rs1, rs2]| {
        let conds = [Cond::Eq, Cond::Ne, Cond::Lt, Cond::Ge, Cond::Ltu, Cond::Geu];
        let mark = Instruction::AluImm { op: AluOp::Add, width: OpWidth::W64, rd: SUM, rs1: SUM, imm: 77 };
        conds.into_iter().flat_map(|cond| [Instruction::Branch { cond, rs1, rs2, offset: 8 }, mark]).collect()
    });
}

#[test]
fn loads_and_stores_of_every_width_and_alignment() {
    for offset in [0, 1, 2, 3, 4, 5, 6, 7, -9, 127, 128, -128, 1000, -2000] {
        check_memory(&|[rd, base, value]| {
            let mut code = Vec::new();
            for width in Width::ALL {
                code.push(Instruction::Store { width, rs1: base, rs2: value, offset });
                for signedness in [Signedness::Signed, Signedness::Unsigned] {
                    if width == Width::Double && signedness == Signedness::Unsigned {
                        continue;
                    }
                    code.push(Instruction::Load { width, signedness, rd, rs1: base, offset });
                }
            }
            each_with_reload(rd, code.into_iter())
        });
    }
}

#[test]
fn atomics() {
    let ops =
        [AmoOp::Swap, AmoOp::Add, AmoOp::Xor, AmoOp::And, AmoOp::Or, AmoOp::Min, AmoOp::Max, AmoOp::Minu, AmoOp::Maxu];
    check_memory(&|[rd, base, value]| {
        let mut code = Vec::new();
        for width in [Width::Word, Width::Double] {
            code.extend(ops.map(|op| Instruction::Amo { op, width, rd, rs1: base, rs2: value }));
            code.push(Instruction::LoadReserved { width, rd, rs1: base });
            code.push(Instruction::StoreConditional { width, rd, rs1: base, rs2: value });
            code.push(Instruction::StoreConditional { width, rd, rs1: base, rs2: value });
        }
        each_with_reload(rd, code.into_iter())
    });
}

/// `make` gets `[rd, base, value]`; base points into the data. One instruction per reload of the base, which may alias.
#[track_caller]
fn check_memory(make: &dyn Fn([Reg; 3]) -> Vec<Instruction>) {
    let [a, b, c, z] = [5, 6, 7, 0].map(Reg::new);
    let mut code = Vec::new();
    for registers in [[a, b, c], [a, a, b], [a, b, a], [a, b, b], [z, b, c], [a, b, z]] {
        let [_, base, value] = registers;
        for instruction in make(registers) {
            code.extend(load_constant(value, 0x8877_6655_4433_2281));
            code.extend(load_constant(base, DATA + 2048));
            code.push(instruction);
        }
    }
    code.extend(exit_with(0));
    let data: Vec<u8> = (0..4096u32).map(|index| ((index * 37) >> 2) as u8).collect();
    check_to_end(&ElfBuilder::new(&code).data(data.clone()).build());
    for index in (10..32).filter(|&index| index != 17) {
        let reg = Reg::new(index);
        let busy = Instruction::Alu { op: AluOp::Xor, width: OpWidth::W64, rd: reg, rs1: reg, rs2: reg };
        code.splice(0..0, [busy; 2000]);
    }
    check_to_end(&ElfBuilder::new(&code).data(data).build());
}
