//! Pieces of programs, and random ones.

use rand::Rng;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use zkvm_machine::{AluOp, AmoOp, Cond, Instruction, MulOp, OpWidth, Reg, Signedness, Width};

use crate::elf::DATA;

/// Operands at which arithmetic goes wrong.
pub const EDGES: [u64; 22] = [
    0,
    1,
    2,
    31,
    32,
    63,
    64,
    0x7f,
    0x80,
    0xff,
    0x8000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0x8000_0000_0000_0001,
    0xffff_ffff_8000_0000,
    0xffff_ffff_7fff_ffff,
    0xffff_ffff_ffff_fffe,
    0xffff_ffff_ffff_ffff,
];

const fn add_imm(rd: Reg, rs1: Reg, imm: i32) -> Instruction {
    Instruction::AluImm { op: AluOp::Add, width: OpWidth::W64, rd, rs1, imm }
}

/// `rd = value`, by shifts and additions of 11 bits.
pub fn load_constant(rd: Reg, value: u64) -> Vec<Instruction> {
    let mut code = vec![add_imm(rd, Reg::ZERO, (value >> 55) as i32)];
    for shift in [44, 33, 22, 11, 0] {
        code.push(Instruction::AluImm { op: AluOp::Sll, width: OpWidth::W64, rd, rs1: rd, imm: 11 });
        code.push(Instruction::AluImm {
            op: AluOp::Or,
            width: OpWidth::W64,
            rd,
            rs1: rd,
            imm: (value >> shift) as i32 & 0x7ff,
        });
    }
    code
}

/// `exit(code)`
pub fn exit_with(code: i32) -> Vec<Instruction> {
    vec![add_imm(Reg::A0, Reg::ZERO, code), add_imm(Reg::A7, Reg::ZERO, 93), Instruction::Ecall]
}

/// Bytes of data a random program expects at [`DATA`].
pub const DATA_BYTES: i32 = 4096;

/// A program of about `length` random instructions: all classes, registers that alias often, edge operands, misaligned
/// accesses, now and then a wild one, jumps forwards, backwards and through registers. It may trap or never end.
pub fn random_program(rng: &mut SmallRng, length: usize) -> Vec<Instruction> {
    let mut code = random_code(rng, length);
    code.extend(exit_with(rng.random_range(0..100)));
    code
}

/// The same, but it starts with all registers 0 and, if it comes to its end, prints [`DATA_BYTES`] bytes of data, of
/// which the first 256 are the registers (but `t6`): what a machine outside can be compared by.
pub fn random_printing_program(rng: &mut SmallRng, length: usize) -> Vec<Instruction> {
    let all = || Reg::all().skip(1);
    let mut code: Vec<Instruction> = all().map(|reg| add_imm(reg, Reg::ZERO, 0)).collect();
    code.extend(random_code(rng, length));
    // Where jumps over the end land.
    code.extend([Instruction::Fence; 8]);
    let t6 = Reg::new(31);
    code.push(Instruction::Lui { rd: t6, imm: DATA as i32 });
    code.extend(all().take(30).map(|reg| Instruction::Store {
        width: Width::Double,
        rs1: t6,
        rs2: reg,
        offset: 8 * reg.index() as i32,
    }));
    code.extend(load_constant(Reg::A2, DATA_BYTES as u64));
    code.extend([add_imm(Reg::A0, Reg::ZERO, 1), add_imm(Reg::A1, t6, 0), add_imm(Reg::A7, Reg::ZERO, 64)]);
    code.push(Instruction::Ecall);
    code.extend(exit_with(rng.random_range(0..100)));
    code
}

fn random_code(rng: &mut SmallRng, length: usize) -> Vec<Instruction> {
    // Few registers, so that they alias; more in some programs, so that some live in memory.
    let count = *[4, 8, 31].choose(rng).expect("not empty");
    let registers: Vec<Reg> = (0..count).map(|_| Reg::new(rng.random_range(0..32))).collect();
    let mut code = Vec::new();
    for &reg in &registers {
        let value = if rng.random_bool(0.3) { DATA + rng.random_range(0..DATA_BYTES as u64) } else { edge(rng) };
        code.extend(load_constant(reg, value));
    }
    while code.len() < length {
        random_instruction(rng, &registers, &mut code, length);
    }
    code
}

fn edge(rng: &mut SmallRng) -> u64 {
    *EDGES.choose(rng).expect("not empty")
}

fn random_instruction(rng: &mut SmallRng, registers: &[Reg], code: &mut Vec<Instruction>, length: usize) {
    let reg = |rng: &mut SmallRng| *registers.choose(rng).expect("not empty");
    let (rd, rs1, rs2) = (reg(rng), reg(rng), reg(rng));
    let op_width = *[OpWidth::W64, OpWidth::W32].choose(rng).expect("not empty");
    match rng.random_range(0..100) {
        0..25 => code.push(random_alu(rng, op_width, rd, rs1, rs2)),
        25..45 => code.push(random_alu_imm(rng, op_width, rd, rs1)),
        45..57 => code.push(random_mul(rng, op_width, rd, rs1, rs2)),
        57..80 => random_access(rng, code, rd, rs1, rs2),
        80..92 => {
            let conds = [Cond::Eq, Cond::Ne, Cond::Lt, Cond::Ge, Cond::Ltu, Cond::Geu];
            let offset = random_offset(rng, code.len(), length);
            code.push(Instruction::Branch { cond: *conds.choose(rng).expect("not empty"), rs1, rs2, offset });
        }
        92..94 => code.push(Instruction::Jal { rd, offset: random_offset(rng, code.len(), length) }),
        94..96 => random_indirect_jump(rng, code, rd, rs1, length),
        96 => code.push(Instruction::Lui { rd, imm: (rng.random::<u32>() & 0xffff_f000) as i32 }),
        97 => code.push(Instruction::Auipc { rd, imm: (rng.random::<u32>() & 0xffff_f000) as i32 }),
        98 => code.extend(load_constant(rd, edge(rng))),
        _ => code.push(Instruction::Fence),
    }
}

/// Mostly forwards, so that programs make progress.
fn random_offset(rng: &mut SmallRng, position: usize, length: usize) -> i32 {
    if rng.random_bool(0.85) {
        4 * rng.random_range(1..8)
    } else {
        4 * (rng.random_range(0..length as i32) - position as i32)
    }
}

fn random_indirect_jump(rng: &mut SmallRng, code: &mut Vec<Instruction>, rd: Reg, rs1: Reg, length: usize) {
    if rs1 == Reg::ZERO {
        return;
    }
    let wild = if rng.random_bool(0.1) { rng.random_range(-2..3) } else { 0 };
    // From the auipc: over this jalr, mostly.
    let distance = 4 + random_offset(rng, code.len() + 1, length) + wild;
    let distance = distance.clamp(-2048, 2047);
    code.push(Instruction::Auipc { rd: rs1, imm: 0 });
    code.push(Instruction::Jalr { rd, rs1, offset: distance });
}

fn random_alu(rng: &mut SmallRng, width: OpWidth, rd: Reg, rs1: Reg, rs2: Reg) -> Instruction {
    let narrow = [AluOp::Add, AluOp::Sub, AluOp::Sll, AluOp::Srl, AluOp::Sra];
    let wide = [AluOp::Slt, AluOp::Sltu, AluOp::Xor, AluOp::Or, AluOp::And];
    let any = rng.random_range(0..10);
    let op = if width == OpWidth::W32 || any < 5 { narrow[any % 5] } else { wide[any % 5] };
    Instruction::Alu { op, width, rd, rs1, rs2 }
}

fn random_alu_imm(rng: &mut SmallRng, width: OpWidth, rd: Reg, rs1: Reg) -> Instruction {
    let shifts = [AluOp::Sll, AluOp::Srl, AluOp::Sra];
    let wide = [AluOp::Add, AluOp::Slt, AluOp::Sltu, AluOp::Xor, AluOp::Or, AluOp::And];
    if rng.random_bool(0.4) {
        let bits = if width == OpWidth::W64 { 64 } else { 32 };
        let op = *shifts.choose(rng).expect("not empty");
        return Instruction::AluImm { op, width, rd, rs1, imm: rng.random_range(0..bits) };
    }
    let op = if width == OpWidth::W32 { AluOp::Add } else { *wide.choose(rng).expect("not empty") };
    let edges = [0, 1, -1, 2047, -2048, 127, 128, -128, -129];
    let imm = if rng.random_bool(0.5) { *edges.choose(rng).expect("not empty") } else { rng.random_range(-2048..2048) };
    Instruction::AluImm { op, width, rd, rs1, imm }
}

fn random_mul(rng: &mut SmallRng, width: OpWidth, rd: Reg, rs1: Reg, rs2: Reg) -> Instruction {
    let narrow = [MulOp::Mul, MulOp::Div, MulOp::Divu, MulOp::Rem, MulOp::Remu];
    let wide = [MulOp::Mulh, MulOp::Mulhsu, MulOp::Mulhu];
    let wide_only = width == OpWidth::W64 && rng.random_bool(0.4);
    let op = if wide_only { wide.choose(rng) } else { narrow.choose(rng) };
    Instruction::Mul { op: *op.expect("not empty"), width, rd, rs1, rs2 }
}

fn random_access(rng: &mut SmallRng, code: &mut Vec<Instruction>, rd: Reg, rs1: Reg, rs2: Reg) {
    let width = *Width::ALL.choose(rng).expect("not empty");
    let offset = rng.random_range(-2048..2048);
    if rs1 != Reg::ZERO && rng.random_bool(0.97) {
        // A base in the middle of the data; rarely near an end or where nothing is.
        let base = match rng.random_range(0..400) {
            0 => edge(rng),
            1 => DATA,
            2 => DATA + DATA_BYTES as u64 - 4,
            3 => (1 << 32) + DATA + 2048,
            _ => DATA + 2048 + rng.random_range(0..8),
        };
        code.extend(load_constant(rs1, base));
    }
    let signedness = *[Signedness::Signed, Signedness::Unsigned].choose(rng).expect("not empty");
    let signedness = if width == Width::Double { Signedness::Signed } else { signedness };
    match rng.random_range(0..20) {
        0..9 => code.push(Instruction::Load { width, signedness, rd, rs1, offset }),
        9..17 => code.push(Instruction::Store { width, rs1, rs2, offset }),
        kind => {
            let width = if width < Width::Double { Width::Word } else { width };
            code.push(Instruction::AluImm { op: AluOp::And, width: OpWidth::W64, rd: rs1, rs1, imm: -8 });
            code.push(match kind {
                17 => Instruction::LoadReserved { width, rd, rs1 },
                18 => Instruction::StoreConditional { width, rd, rs1, rs2 },
                _ => {
                    let ops = [
                        AmoOp::Swap,
                        AmoOp::Add,
                        AmoOp::Xor,
                        AmoOp::And,
                        AmoOp::Or,
                        AmoOp::Min,
                        AmoOp::Max,
                        AmoOp::Minu,
                        AmoOp::Maxu,
                    ];
                    Instruction::Amo { op: *ops.choose(rng).expect("not empty"), width, rd, rs1, rs2 }
                }
            });
        }
    }
}
