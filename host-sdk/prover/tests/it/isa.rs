//! Completeness: what the machine does can be proved. Every instruction, with edge operands, with registers that alias, at
//! every alignment; segments of any length.
//!
//! The steps are the reference machine's own, so whether they are right is not this file's business: the tables of right
//! steps must satisfy every constraint and balance every bus.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use rand::SeedableRng;
use rand::rngs::SmallRng;
use zkvm_abi::{INPUT, OUTPUT, WINDOW_BYTES};
use zkvm_circuit::check::violations;
use zkvm_machine::{AluOp, AmoOp, Cond, Input, Instruction, MulOp, OpWidth, Reg, Signedness, StepRecord, Width};
use zkvm_prover::Segmenter;
use zkvm_test_support::{DATA, EDGES, ElfBuilder, exit_with, load_constant, random_program};
use zkvm_translator::{Engine, RunOptions, run_traced};

use crate::guest::Guest;
use crate::guest::code::{add, addi, ld, lui, sd, x};

/// Points at the data.
const BASE: Reg = x(8);
/// Address of the word that stores, loads and atomics work on, relative to [`BASE`].
const PLACE: i32 = 1024;

pub const ALU: [AluOp; 10] = [
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
pub const ALU_WORD: [AluOp; 5] = [AluOp::Add, AluOp::Sub, AluOp::Sll, AluOp::Srl, AluOp::Sra];
pub const MUL: [MulOp; 8] =
    [MulOp::Mul, MulOp::Mulh, MulOp::Mulhsu, MulOp::Mulhu, MulOp::Div, MulOp::Divu, MulOp::Rem, MulOp::Remu];
pub const MUL_WORD: [MulOp; 5] = [MulOp::Mul, MulOp::Div, MulOp::Divu, MulOp::Rem, MulOp::Remu];
pub const CONDS: [Cond; 6] = [Cond::Eq, Cond::Ne, Cond::Lt, Cond::Ge, Cond::Ltu, Cond::Geu];
pub const AMO: [AmoOp; 9] =
    [AmoOp::Swap, AmoOp::Add, AmoOp::Xor, AmoOp::And, AmoOp::Or, AmoOp::Min, AmoOp::Max, AmoOp::Minu, AmoOp::Maxu];
pub const LOADS: [(Width, Signedness); 7] = [
    (Width::Byte, Signedness::Signed),
    (Width::Byte, Signedness::Unsigned),
    (Width::Half, Signedness::Signed),
    (Width::Half, Signedness::Unsigned),
    (Width::Word, Signedness::Signed),
    (Width::Word, Signedness::Unsigned),
    (Width::Double, Signedness::Signed),
];

/// Name of the instruction: one for every mnemonic of RV64IMA.
pub fn mnemonic(instruction: Instruction) -> String {
    let text = instruction.to_string();
    text.split_whitespace().next().unwrap_or_default().to_owned()
}

/// Whether the circuit has rows for it. Every class is here, so that a new one is not forgotten.
fn provable(instruction: Instruction) -> bool {
    match instruction {
        Instruction::Lui { .. }
        | Instruction::Auipc { .. }
        | Instruction::Jal { .. }
        | Instruction::Jalr { .. }
        | Instruction::Branch { .. }
        | Instruction::Load { .. }
        | Instruction::Store { .. }
        | Instruction::AluImm { .. }
        | Instruction::Alu { .. }
        | Instruction::Mul { .. }
        | Instruction::LoadReserved { .. }
        | Instruction::StoreConditional { .. }
        | Instruction::Amo { .. }
        | Instruction::Fence
        | Instruction::Ecall => true,
        Instruction::Ebreak => false,
    }
}

/// A program under construction, and how many cases of which instruction it has.
struct Cases {
    code: Vec<Instruction>,
    cases: BTreeMap<String, usize>,
}

impl Cases {
    fn new() -> Cases {
        Cases { code: load_constant(BASE, DATA), cases: BTreeMap::new() }
    }

    fn set(&mut self, reg: Reg, edge: usize) {
        self.code.push(ld(reg, BASE, 8 * edge as i32));
    }

    fn case(&mut self, instruction: Instruction) {
        assert!(provable(instruction), "{instruction}");
        *self.cases.entry(mnemonic(instruction)).or_insert(0) += 1;
        self.code.push(instruction);
    }

    /// Runs it as one segment and checks it.
    #[track_caller]
    fn check(mut self, what: &str) -> BTreeMap<String, usize> {
        self.code.extend(exit_with(0));
        let guest = Guest::new(&self.code, data());
        let run = guest.run(usize::MAX);
        assert_eq!(run.pc, zkvm_circuit::cells::HALTED, "{what}: the program ends where it should");
        assert_eq!(guest.refusal(&guest.tables(&run)), None, "{what}");
        let cases: usize = self.cases.values().sum();
        println!("{what}: {cases} cases of {} instructions, {} steps", self.cases.len(), run.records.len());
        self.cases
    }
}

/// The edges, and after them anything.
fn data() -> Vec<u8> {
    let mut words = EDGES.to_vec();
    words.extend((0..490_u64).map(|index| (index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// `[rd, rs1, rs2]`: every aliasing, `x0` in every place; all different comes first.
fn operand_registers() -> [[Reg; 3]; 12] {
    let [a, b, c, z] = [x(5), x(6), x(7), x(0)];
    [
        [c, a, b],
        [a, a, b],
        [b, a, b],
        [c, a, a],
        [a, a, a],
        [z, a, b],
        [c, z, b],
        [c, a, z],
        [c, z, z],
        [z, z, z],
        [a, a, z],
        [b, z, b],
    ]
}

/// All pairs of edges for different registers, some for those that alias.
fn pairs() -> impl Iterator<Item = ([Reg; 3], usize, usize)> {
    let edges = EDGES.len();
    operand_registers().into_iter().enumerate().flat_map(move |(at, registers)| {
        let all = (0..edges * edges).filter(move |pair| at == 0 || pair % edges == (7 * (pair / edges) + at) % edges);
        all.map(move |pair| (registers, pair / edges, pair % edges))
    })
}

#[test]
fn register_operations() {
    let mut cases = Cases::new();
    let mut other = Cases::new();
    for ([rd, rs1, rs2], i, j) in pairs() {
        for program in [&mut cases, &mut other] {
            program.set(rs1, i);
            program.set(rs2, j);
        }
        let again = |program: &mut Cases| {
            if rd == rs1 || rd == rs2 {
                program.set(rs1, i);
                program.set(rs2, j);
            }
        };
        let wide = ALU.map(|op| (op, OpWidth::W64)).into_iter().chain(ALU_WORD.map(|op| (op, OpWidth::W32)));
        for (op, width) in wide {
            again(&mut cases);
            cases.case(Instruction::Alu { op, width, rd, rs1, rs2 });
        }
        let mul = MUL.map(|op| (op, OpWidth::W64)).into_iter().chain(MUL_WORD.map(|op| (op, OpWidth::W32)));
        for (op, width) in mul {
            again(&mut other);
            other.case(Instruction::Mul { op, width, rd, rs1, rs2 });
        }
    }
    assert_eq!(cases.check("alu").len(), 15);
    assert_eq!(other.check("mul").len(), 13);
}

#[test]
fn immediate_operations() {
    let mut cases = Cases::new();
    let imms = [0, 1, -1, 127, 128, -128, -129, 2047, -2048];
    let (a, c, z) = (x(5), x(7), x(0));
    for [rd, rs1] in [[c, a], [a, a], [z, a], [c, z]] {
        for edge in 0..EDGES.len() {
            let mut case = |op, width, imm| {
                cases.set(rs1, edge);
                cases.case(Instruction::AluImm { op, width, rd, rs1, imm });
            };
            for imm in imms {
                for op in [AluOp::Add, AluOp::Slt, AluOp::Sltu, AluOp::Xor, AluOp::Or, AluOp::And] {
                    case(op, OpWidth::W64, imm);
                }
                case(AluOp::Add, OpWidth::W32, imm);
            }
            for op in [AluOp::Sll, AluOp::Srl, AluOp::Sra] {
                for imm in [0, 1, 15, 16, 31, 32, 33, 47, 48, 63] {
                    case(op, OpWidth::W64, imm);
                }
                for imm in [0, 1, 15, 16, 31] {
                    case(op, OpWidth::W32, imm);
                }
            }
        }
    }
    for imm in [0, 0x1000, 0x7fff_f000, 0x8000_0000, 0xffff_f000] {
        for rd in [c, z] {
            cases.case(lui(rd, imm));
            cases.case(Instruction::Auipc { rd, imm: imm as i32 });
        }
    }
    cases.case(Instruction::Fence);
    // slti x0, x0, …: scope markers, which mean nothing to a proof.
    for imm in [zkvm_abi::scope::BEGIN, zkvm_abi::scope::END] {
        cases.case(Instruction::AluImm { op: AluOp::Slt, width: OpWidth::W64, rd: z, rs1: z, imm });
    }
    assert_eq!(cases.check("imm").len(), 9 + 4 + 3);
}

#[test]
fn branches_and_jumps() {
    let mut cases = Cases::new();
    let sum = x(9);
    for ([_, rs1, rs2], i, j) in pairs() {
        cases.set(rs1, i);
        cases.set(rs2, j);
        for cond in CONDS {
            cases.case(Instruction::Branch { cond, rs1, rs2, offset: 8 });
            cases.code.push(addi(sum, sum, 1));
        }
    }
    // Backwards: over the jump, back to before it, on.
    for cond in CONDS {
        for (rs1, rs2) in [(x(5), x(6)), (x(6), x(5)), (x(5), x(5))] {
            cases.set(x(5), 1);
            cases.set(x(6), 21);
            cases.code.push(Instruction::Jal { rd: x(0), offset: 12 });
            cases.code.push(Instruction::Fence);
            cases.code.push(Instruction::Jal { rd: x(0), offset: 8 });
            cases.case(Instruction::Branch { cond, rs1, rs2, offset: -8 });
        }
    }
    for rd in [x(0), x(1)] {
        cases.case(Instruction::Jal { rd, offset: 8 });
        cases.code.push(Instruction::Ebreak);
        cases.code.push(Instruction::Jal { rd: x(0), offset: 12 });
        cases.code.push(Instruction::Jal { rd: x(0), offset: 12 });
        cases.code.push(Instruction::Ebreak);
        cases.case(Instruction::Jal { rd, offset: -8 });
    }
    // auipc, jalr over one instruction: rd = rs1 and not, an even and an odd target, a negative offset.
    for rd in [x(0), x(5), x(6)] {
        for low in 0..2 {
            for (ahead, offset) in [(0, 12), (2047, 12 - 2047), (-2048, 12 + 2047), (16, -4)] {
                if offset + low > 2047 {
                    continue;
                }
                cases.code.push(Instruction::Auipc { rd: x(6), imm: 0 });
                cases.code.push(addi(x(6), x(6), ahead));
                cases.case(Instruction::Jalr { rd, rs1: x(6), offset: offset + 4 + low });
                cases.code.push(Instruction::Ebreak);
            }
        }
    }
    assert_eq!(cases.check("branches and jumps").len(), 8);
}

#[test]
fn loads_and_stores_at_every_alignment() {
    let mut cases = Cases::new();
    let (a, b, c, z) = (x(5), x(6), x(7), x(0));
    for at in 0..17 {
        for edge in [0, 5, 7, 8, 10, 11, 12, 17, 19] {
            // Where it points, with the offset of the instruction.
            for (ahead, offset) in [(PLACE, at), (PLACE + at, 0), (PLACE + at + 40, -40)] {
                for (width, signedness) in LOADS {
                    let first = width == Width::Byte && signedness == Signedness::Signed;
                    if first {
                        cases.set(b, edge);
                        cases.code.push(sd(b, BASE, PLACE + at / 8 * 8));
                        cases.code.push(sd(b, BASE, PLACE + at / 8 * 8 + 8));
                    }
                    for rd in [c, a, z] {
                        cases.code.push(addi(a, BASE, ahead));
                        cases.case(Instruction::Load { width, signedness, rd, rs1: a, offset });
                    }
                }
                for width in Width::ALL {
                    for rs2 in [b, a, z] {
                        cases.set(b, edge);
                        cases.code.push(addi(a, BASE, ahead));
                        cases.case(Instruction::Store { width, rs1: a, rs2, offset });
                    }
                }
            }
        }
    }
    // From read-only memory, and from both sides of the border to it.
    for address in [zkvm_test_support::TEXT, INPUT.start, INPUT.start - 8, INPUT.start + 4088] {
        for at in 0..9 {
            for (width, signedness) in LOADS {
                cases.code.extend(load_constant(a, address));
                cases.case(Instruction::Load { width, signedness, rd: c, rs1: a, offset: at });
            }
        }
    }
    // The last bytes of the output region.
    for width in Width::ALL {
        cases.code.extend(load_constant(a, OUTPUT.end));
        cases.case(Instruction::Store { width, rs1: a, rs2: a, offset: -(width.bytes() as i32) });
    }
    assert_eq!(cases.check("loads and stores").len(), 11);
}

#[test]
fn atomics() {
    let mut cases = Cases::new();
    for ([rd, rs1, rs2], i, j) in pairs().filter(|([_, rs1, _], ..)| *rs1 != x(0)) {
        for width in [Width::Word, Width::Double] {
            for (at, op) in AMO.into_iter().enumerate() {
                // Alternately in the low and in the high half of the word.
                let half = if width == Width::Word && (at + i + j) % 2 == 1 { 4 } else { 0 };
                cases.set(x(9), i);
                cases.code.push(sd(x(9), BASE, PLACE));
                cases.set(rs2, j);
                cases.code.push(addi(rs1, BASE, PLACE + half));
                cases.case(Instruction::Amo { op, width, rd, rs1, rs2 });
            }
        }
    }
    assert_eq!(cases.check("amo").len(), 18);
}

#[test]
fn reservations() {
    let mut cases = Cases::new();
    let place = |rs1, ahead| addi(rs1, BASE, PLACE + ahead);
    for ([rd, rs1, rs2], i, j) in pairs().filter(|([_, rs1, _], i, j)| *rs1 != x(0) && (i + 5 * j) % 7 == 0) {
        for (lr, sc) in [(Width::Word, Width::Word), (Width::Double, Width::Double), (Width::Double, Width::Word)] {
            for (lr_at, sc_at) in [(0, 0), (4, 4), (0, 4), (0, 8)] {
                if (lr == Width::Double && lr_at == 4) || (sc == Width::Double && sc_at == 4) {
                    continue;
                }
                cases.set(x(9), i);
                cases.code.push(sd(x(9), BASE, PLACE));
                cases.code.push(place(rs1, lr_at));
                cases.case(Instruction::LoadReserved { width: lr, rd, rs1 });
                cases.set(rs2, j);
                cases.code.push(place(rs1, sc_at));
                cases.case(Instruction::StoreConditional { width: sc, rd, rs1, rs2 });
                // A second one never succeeds.
                cases.code.push(place(rs1, sc_at));
                cases.case(Instruction::StoreConditional { width: sc, rd, rs1, rs2 });
            }
        }
    }
    // A failing `sc` touches no memory, mapped or not; `lr` may read what cannot be written.
    cases.code.extend(load_constant(x(5), INPUT.start));
    cases.case(Instruction::LoadReserved { width: Width::Double, rd: x(6), rs1: x(5) });
    for address in [0, 8, INPUT.start + 8, 0xffff_fff8] {
        cases.code.extend(load_constant(x(5), address));
        cases.case(Instruction::StoreConditional { width: Width::Double, rd: x(6), rs1: x(5), rs2: x(7) });
        cases.case(Instruction::StoreConditional { width: Width::Word, rd: x(6), rs1: x(5), rs2: x(7) });
    }
    assert_eq!(cases.check("lr and sc").len(), 4);
}

#[test]
fn system_calls() {
    let mut cases = Cases::new();
    for edge in 0..EDGES.len() {
        cases.set(Reg::A0, edge);
        cases.set(Reg::A2, EDGES.len() - 1 - edge);
        cases.code.push(addi(Reg::A7, x(0), 64));
        cases.case(Instruction::Ecall);
    }
    cases.check("ecall");
}

#[test]
fn code_at_the_upper_end_of_memory_and_across_bit_12() {
    let (a, c) = (x(5), x(7));
    for text in [0x8000_0000, 0xfffe_f000 - 0x2000, 0x1_0ff0] {
        let mut code = Vec::new();
        for imm in [0, 0x1000, 0x7fff_f000, 0x8000_0000, 0xffff_f000] {
            code.push(lui(a, imm));
            code.push(Instruction::Auipc { rd: c, imm: imm as i32 });
            code.push(add(x(9), c, a));
            code.push(Instruction::Jal { rd: c, offset: 8 });
            code.push(Instruction::Ebreak);
            code.push(Instruction::Auipc { rd: a, imm: 0 });
            code.push(Instruction::Jalr { rd: a, rs1: a, offset: 12 });
            code.push(Instruction::Ebreak);
        }
        code.extend(exit_with(1));
        let elf = ElfBuilder::new(&code).text_address(text).build();
        let guest = Guest::from_elf(&elf, Input::default());
        let run = guest.run(usize::MAX);
        assert_eq!(run.pc, zkvm_circuit::cells::HALTED);
        assert_eq!(guest.refusal(&guest.tables(&run)), None, "text at {text:#x}");
    }
}

/// A little of everything: every instruction, every chip, accesses of every width aligned, misaligned and across words.
pub fn mixture() -> Guest {
    let (a, b, c) = (x(5), x(6), x(7));
    let mut code = vec![lui(BASE, DATA), ld(a, BASE, 8 * 20), ld(b, BASE, 8 * 5)];
    let wide = ALU.map(|op| (op, OpWidth::W64)).into_iter().chain(ALU_WORD.map(|op| (op, OpWidth::W32)));
    for (op, width) in wide {
        code.push(Instruction::Alu { op, width, rd: c, rs1: a, rs2: b });
    }
    code.push(Instruction::AluImm { op: AluOp::Sra, width: OpWidth::W64, rd: c, rs1: a, imm: 41 });
    code.push(Instruction::AluImm { op: AluOp::Sltu, width: OpWidth::W64, rd: c, rs1: a, imm: -1 });
    let mul = MUL.map(|op| (op, OpWidth::W64)).into_iter().chain(MUL_WORD.map(|op| (op, OpWidth::W32)));
    for (op, width) in mul {
        code.push(Instruction::Mul { op, width, rd: c, rs1: a, rs2: b });
    }
    code.push(Instruction::Mul { op: MulOp::Div, width: OpWidth::W64, rd: c, rs1: a, rs2: x(0) });
    for (at, width) in Width::ALL.into_iter().enumerate() {
        for offset in [0, 1, 7] {
            code.push(Instruction::Store { width, rs1: BASE, rs2: a, offset: PLACE + 16 * at as i32 + offset });
        }
    }
    for (at, (width, signedness)) in LOADS.into_iter().enumerate() {
        for offset in [0, 3, 6] {
            code.push(Instruction::Load {
                width,
                signedness,
                rd: c,
                rs1: BASE,
                offset: PLACE + 8 * at as i32 + offset,
            });
        }
    }
    code.extend([addi(a, BASE, PLACE + 4), addi(x(9), BASE, PLACE + 8)]);
    for (width, rs1) in [(Width::Word, a), (Width::Double, x(9))] {
        code.push(Instruction::LoadReserved { width, rd: c, rs1 });
        code.push(Instruction::StoreConditional { width, rd: c, rs1, rs2: b });
        code.push(Instruction::StoreConditional { width, rd: c, rs1, rs2: b });
        code.extend(AMO.map(|op| Instruction::Amo { op, width, rd: c, rs1, rs2: b }));
    }
    for cond in CONDS {
        code.push(Instruction::Branch { cond, rs1: b, rs2: a, offset: 8 });
        code.push(Instruction::Fence);
    }
    code.push(Instruction::Jal { rd: Reg::RA, offset: 4 });
    code.push(Instruction::Auipc { rd: a, imm: 0 });
    code.push(Instruction::Jalr { rd: Reg::RA, rs1: a, offset: 9 });
    code.push(ld(c, Reg::A0, 0));
    code.push(addi(Reg::A7, x(0), 64));
    code.push(Instruction::Ecall);
    code.extend(exit_with(3));
    Guest::new(&code, data())
}

#[test]
fn segments_of_any_length() {
    let guest = mixture();
    let run = guest.run(usize::MAX);
    for length in [1, 2, 3, 7, 100] {
        let mut segmenter = guest.segmenter();
        let mut segments = 0;
        let mut before = None;
        for (at, steps) in run.records.chunks(length).enumerate() {
            let pc = run.records.get((at + 1) * length).map_or(run.pc, |next| next.pc);
            let segment = segmenter.segment_of(steps, pc);
            assert!(before.is_none_or(|end| end == segment.start));
            before = Some(segment.end);
            let tables = segment.tables(&guest.machine, &guest.rows);
            assert_eq!(guest.refusal(&tables), None, "segment {at} of {length} steps");
            segments += 1;
        }
        println!("{segments} segments of {length} steps");
    }
    // A segment without steps leads nowhere.
    let nothing = crate::guest::Run { records: Vec::new(), pc: guest.program.entry() };
    assert_eq!(guest.refusal(&guest.tables(&nothing)), None);
}

/// The same by the way that proofs take, and by the circuit's own checker.
#[test]
fn replayed_chunks() {
    let guest = mixture();
    let mut segmenter = Segmenter::new(&guest.program, &guest.rows, &guest.input, 17);
    let mut console = |_: zkvm_translator::Stream, _: &[u8]| ();
    let mut options = RunOptions::new(&mut console);
    options.chunk_steps = 20;
    let mut found = Vec::new();
    let mut each = |chunk: zkvm_trace::Chunk| {
        let cut = segmenter.chunk((&chunk).into(), |segment| {
            found.push(violations(&segment.tables(&guest.machine, &guest.rows)));
            ControlFlow::Continue(())
        });
        cut.expect("it replays")
    };
    run_traced(&guest.program, Engine::Interpreter, &guest.input, &mut options, &mut each).expect("it runs");
    assert!(found.len() > 1);
    assert_eq!(found.concat(), []);
}

/// More than 2^16 slots of time lie between two accesses of a cell: bridges are needed.
pub fn far_apart() -> Guest {
    let (a, b) = (x(5), x(6));
    let mut code = vec![lui(BASE, DATA), ld(b, BASE, 0)];
    code.extend(load_constant(a, 15_000));
    code.push(addi(a, a, -1));
    code.push(Instruction::Branch { cond: Cond::Ne, rs1: a, rs2: x(0), offset: -4 });
    code.push(ld(b, BASE, 0));
    code.push(ld(b, x(2), -8));
    code.push(ld(b, x(10), 0));
    code.extend(exit_with(0));
    Guest::new(&code, data())
}

#[test]
fn a_loop_longer_than_a_gap() {
    let guest = far_apart();
    let tables = guest.tables(&guest.run(usize::MAX));
    assert!(tables.iter().any(|table| table.chip.id().name() == "touch"));
    assert_eq!(guest.refusal(&tables), None);
}

/// The one thing the machine does that has no row: a failing `sc` at an address above the window. It cannot succeed there, as
/// no `lr` can have reserved it.
fn has_no_row(record: &StepRecord) -> bool {
    matches!(record.instruction, Instruction::StoreConditional { .. }) && record.rs1 >= WINDOW_BYTES
}

#[test]
fn random_programs() {
    let mut steps = 0;
    for seed in 0..40 {
        let mut rng = SmallRng::seed_from_u64(seed);
        let guest = Guest::new(&random_program(&mut rng, 600), data());
        // Wherever it is by then; it may also have trapped.
        let mut run = guest.run(4000);
        if let Some(at) = run.records.iter().position(has_no_row) {
            run.pc = run.records[at].pc;
            run.records.truncate(at);
        }
        steps += run.records.len();
        assert_eq!(guest.refusal(&guest.tables(&run)), None, "seed {seed}");
    }
    println!("{steps} steps of random programs");
}
