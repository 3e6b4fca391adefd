//! What went wrong in other machines' proofs, a test each, named after it. What concerns whole proofs is in `flips.rs`:
//! heights and lists of tables, lengths, exit codes, trailing bytes.

use p3_field::PrimeCharacteristicRing;
use p3_matrix::Matrix;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use zkvm_circuit::cells::{HALTED, TREE_HEIGHT};
use zkvm_circuit::check::{Filled, RowCheck};
use zkvm_circuit::{ChipId, F, Machine};
use zkvm_machine::{AluOp, Cond, Instruction, MulOp, OpWidth, Reg, Signedness, Width};
use zkvm_test_support::{DATA, exit_with};

use crate::guest::code::{add, addi, ld, lui, sd, x};
use crate::guest::{Guest, Quiet, Refusal, Run};
use crate::isa;
use crate::lies::{Moment, lie};

const RD: Reg = x(7);
const RS1: Reg = x(5);
const RS2: Reg = x(6);
/// Steps before the one that a test is about.
const AT: usize = 3;

/// Loads the operands, executes the instruction and uses its result.
fn guest(a: u64, b: u64, instruction: Instruction) -> Guest {
    let mut code = vec![lui(x(8), DATA), ld(RS1, x(8), 0), ld(RS2, x(8), 8), instruction];
    code.extend([add(x(9), RD, RS1), add(x(9), x(9), x(0)), sd(x(9), x(8), 16), ld(x(9), x(8), 8)]);
    code.extend(exit_with(0));
    let data = [a, b, 3, 4].iter().flat_map(|word: &u64| word.to_le_bytes()).collect();
    Guest::new(&code, data)
}

/// The truth is believed, the lie is not.
#[track_caller]
fn refused(guest: &Guest, change: fn(&mut Moment<'_>) -> bool) -> Refusal {
    assert_eq!(guest.judge(&guest.run(100)), None, "the truth");
    let run = lie(guest, AT, change).expect("it is a lie");
    let refusal = guest.judge(&run).expect("the lie is refused");
    assert_ne!(refusal, Refusal::Unbuilt);
    refusal
}

fn mul(op: MulOp, width: OpWidth) -> Instruction {
    Instruction::Mul { op, width, rd: RD, rs1: RS1, rs2: RS2 }
}

fn alu(op: AluOp, width: OpWidth) -> Instruction {
    Instruction::Alu { op, width, rd: RD, rs1: RS1, rs2: RS2 }
}

const MINUS: fn(u64) -> u64 = u64::wrapping_neg;

/// Tables that can be edited by names.
struct Tables<'g> {
    guest: &'g Guest,
    tables: Vec<Filled>,
}

impl<'g> Tables<'g> {
    fn new(guest: &'g Guest) -> Tables<'g> {
        let tables = Tables { guest, tables: guest.tables(&guest.run(usize::MAX)) };
        assert_eq!(guest.refusal(&tables.tables), None, "the truth");
        tables
    }

    fn table(&mut self, name: &str) -> &mut Filled {
        self.tables.iter_mut().find(|table| table.chip.id().name() == name).expect("a table with rows")
    }

    fn place(&mut self, table: &str, row: usize, column: &str) -> &mut F {
        let table = self.table(table);
        let column = table.chip.columns().iter().position(|name| name == column).expect("a column");
        let width = table.rows.width;
        &mut table.rows.values[row * width + column]
    }

    fn set(&mut self, table: &str, row: usize, column: &str, value: F) -> &mut Self {
        *self.place(table, row, column) = value;
        self
    }

    fn copy(&mut self, table: &str, from: usize, to: usize) -> &mut Self {
        let rows = &mut self.table(table).rows;
        let width = rows.width;
        rows.values.copy_within(from * width..(from + 1) * width, to * width);
        self
    }

    fn height(&mut self, table: &str) -> usize {
        self.table(table).rows.height()
    }

    /// First row where the column is 0: padding, for flags of used rows.
    fn padding(&mut self, table: &str, column: &str) -> usize {
        (0..self.height(table)).find(|&row| *self.place(table, row, column) == F::ZERO).expect("padding")
    }

    #[track_caller]
    fn refused(&self) -> Refusal {
        self.guest.refusal(&self.tables).expect("refused")
    }
}

/// Columns that say how often a row acts: each is 0 or 1, and 0 where there is nothing.
const FLAGS: [(&str, &[&str]); 7] = [
    ("core", &["real", "unit", "narrow"]),
    ("misaligned", &["half", "word", "double", "crosses", "store"]),
    ("atomic", &["lr", "sc", "swap", "add", "bitwise", "pick"]),
    ("ecall", &["write", "exit"]),
    ("node", &["real", "root", "changed", "open_left", "open_right"]),
    ("leaf", &["real", "changed"]),
    ("touch", &["real"]),
];

#[test]
fn multiplicities_are_bits_and_zero_on_padding() {
    let (near, far) = (isa::mixture(), isa::far_apart());
    for (table, flags) in FLAGS {
        let guest = if table == "touch" { &far } else { &near };
        for flag in flags {
            let height = Tables::new(guest).height(table);
            for row in [0, height - 1] {
                // What is no bit, the table itself refuses; what is one, the buses may.
                for value in [F::TWO, F::NEG_ONE, F::from_u64(1 << 32)] {
                    let refusal = Tables::new(guest).set(table, row, flag, value).refused();
                    assert_eq!(refusal, Refusal::Constraint(table), "{flag} = {value}");
                }
            }
            let mut tables = Tables::new(guest);
            tables.set(table, height - 1, flag, F::ONE).refused();
        }
    }
}

#[test]
fn x0_stays_zero() {
    for instruction in [
        Instruction::Alu { op: AluOp::Add, width: OpWidth::W64, rd: x(0), rs1: RS1, rs2: RS2 },
        Instruction::Load { width: Width::Double, signedness: Signedness::Signed, rd: x(0), rs1: x(8), offset: 0 },
        Instruction::Jalr { rd: x(0), rs1: RS1, offset: 0 },
    ] {
        refused(&guest(0x1_0010, 9, instruction), |m| {
            m.after.x[0] = m.rd();
            m.rd() != 0
        });
    }
}

#[test]
fn a_load_to_x0_cannot_be_skipped() {
    let load = Instruction::Load { width: Width::Word, signedness: Signedness::Signed, rd: x(0), rs1: x(8), offset: 4 };
    refused(&guest(1, 2, load), |m| {
        m.records.clear();
        true
    });
}

#[test]
fn jalr_clears_bit_0() {
    // To the instruction after it, at 0x1_0010.
    for (target, offset) in [(0x1_0011, 0), (0x1_0010, 1), (0x1_0012, -1)] {
        let guest = guest(target, 9, Instruction::Jalr { rd: Reg::RA, rs1: RS1, offset });
        refused(&guest, |m| m.go(m.after.pc | 1));
        refused(&guest, |m| m.go(m.after.pc + 4));
        // The same, with the column that drops the bit made to fit.
        for wrong in [1, 4, 8] {
            let run = lie(&guest, AT, JUMPS[wrong as usize / 4]).expect("a lie");
            let mut tables = Tables { guest: &guest, tables: guest.tables(&run) };
            let dropped = *tables.place("core", AT, "sum[0]") - F::from_u64(0x1_0010 + wrong);
            tables.set("core", AT, "odd", dropped).refused();
        }
    }
}

/// To the instruction that begins one byte, one and two instructions later.
const JUMPS: [fn(&mut Moment<'_>) -> bool; 3] =
    [|m| m.go(m.after.pc + 1), |m| m.go(m.after.pc + 4), |m| m.go(m.after.pc + 8)];

#[test]
fn auipc_at_pc_bit_12() {
    let auipc = Instruction::Auipc { rd: RD, imm: 0x1000 };
    // 0x1fff4 + 12 = 0x2_0000: bit 12 and above change just there.
    for text in [0x1_0ff4, 0x1_fff4, 0x1_0ff8] {
        let code =
            [vec![addi(RS1, x(0), 1), Instruction::Fence, Instruction::Fence, auipc, add(x(9), RD, RS1)], exit_with(0)];
        let elf = zkvm_test_support::ElfBuilder::new(&code.concat()).text_address(text).build();
        let guest = Guest::from_elf(&elf, zkvm_machine::Input::default());
        refused(&guest, |m| m.result(m.rd() ^ 0x1000));
        refused(&guest, |m| m.result((m.before.pc & 0xfff) + 0x1000));
        refused(&guest, |m| m.result(m.rd() - 0x1000));
    }
}

#[test]
fn high_bytes_of_narrow_loads_are_determined() {
    for (width, signedness) in isa::LOADS.into_iter().filter(|(width, _)| *width < Width::Double) {
        for offset in [0, 3, 4] {
            let load = Instruction::Load { width, signedness, rd: RD, rs1: x(8), offset };
            let guest = guest(0x8182_8384_8586_8788, 0x7172_7374_7576_7778, load);
            refused(&guest, |m| m.result(m.rd() ^ 1 << 63));
            refused(&guest, |m| m.result(m.rd() ^ 0xff << 32));
        }
    }
}

#[test]
fn divw_and_remw_are_about_32_bits() {
    for op in [MulOp::Div, MulOp::Divu, MulOp::Rem, MulOp::Remu] {
        let guest = guest(0x1_ffff_ff9c, 0x8_0000_0007, mul(op, OpWidth::W32));
        refused(&guest, |m| m.result(m.rd() & 0xffff_ffff ^ 1 << 40));
        refused(&guest, |m| m.result(m.rs1() / m.rs2()));
        refused(&guest, |m| m.result(m.rs1() % m.rs2()));
    }
}

#[test]
fn zero_by_zero_and_anything_by_zero() {
    for width in [OpWidth::W64, OpWidth::W32] {
        for op in [MulOp::Div, MulOp::Divu, MulOp::Rem, MulOp::Remu] {
            for a in [0, 17, MINUS(17)] {
                let guest = guest(a, 0, mul(op, width));
                refused(&guest, |m| m.result(m.rd().wrapping_add(1)));
                refused(&guest, |m| m.result(5));
            }
        }
    }
}

#[test]
fn minimum_by_minus_one() {
    for (width, minimum) in [(OpWidth::W64, 1 << 63), (OpWidth::W32, MINUS(1 << 31))] {
        for op in [MulOp::Div, MulOp::Rem] {
            let guest = guest(minimum, u64::MAX, mul(op, width));
            refused(&guest, |m| m.result(m.rd().wrapping_neg().wrapping_sub(1)));
            refused(&guest, |m| m.result(m.rd() ^ 1 << 63));
            refused(&guest, |m| m.result(1));
        }
    }
}

#[test]
fn the_remainder_is_smaller_than_the_divisor() {
    for (a, b) in [(100, 7), (MINUS(100), 7), (100, MINUS(7)), (MINUS(100), MINUS(7)), (98, 7), (3, 7)] {
        refused(&guest(a, b, mul(MulOp::Div, OpWidth::W64)), |m| m.result(m.rd().wrapping_sub(1)));
        refused(&guest(a, b, mul(MulOp::Rem, OpWidth::W64)), |m| m.result(m.rd().wrapping_add(m.rs2())));
        refused(&guest(a, b, mul(MulOp::Remu, OpWidth::W64)), |m| m.result(m.rd().wrapping_add(m.rs2())));
        division_row(&guest(a, b, mul(MulOp::Rem, OpWidth::W64)), 1);
        division_row(&guest(a, b, mul(MulOp::Rem, OpWidth::W64)), u64::MAX);
    }
}

/// The row of `divide` itself lies: quotient + `more`, remainder − `more` · divisor.
fn division_row(guest: &Guest, more: u64) {
    let mut tables = Tables::new(guest);
    let word = |tables: &mut Tables<'_>, name: &str| -> u64 {
        let limbs = (0..4).map(|limb| *tables.place("divide", 0, &format!("{name}[{limb}]")));
        limbs.enumerate().map(|(at, limb)| p3_field::PrimeField64::as_canonical_u64(&limb) << (16 * at)).sum()
    };
    let divisor = guest.run(AT + 1).records[AT].rs2;
    let quotient = word(&mut tables, "quotient").wrapping_add(more);
    let remainder = word(&mut tables, "remainder").wrapping_sub(more.wrapping_mul(divisor));
    for (name, value) in [("quotient", quotient), ("remainder", remainder)] {
        for (at, limb) in zkvm_circuit::limbs(value).into_iter().enumerate() {
            tables.set("divide", 0, &format!("{name}[{at}]"), F::from_u64(limb));
        }
    }
    tables.set("divide", 0, "result_high[0]", F::from_u64(quotient >> 32));
    tables.set("divide", 0, "result_high[1]", F::from_u64(remainder >> 32)).refused();
}

#[test]
fn the_remainder_has_the_dividends_sign() {
    for (a, b) in [(100, 7), (MINUS(100), 7), (100, MINUS(7)), (MINUS(100), MINUS(7))] {
        refused(&guest(a, b, mul(MulOp::Rem, OpWidth::W64)), |m| m.result(m.rd().wrapping_neg()));
        refused(&guest(a, b, mul(MulOp::Rem, OpWidth::W32)), |m| m.result(m.rd().wrapping_neg()));
    }
}

#[test]
fn shift_amounts_have_six_bits_or_five() {
    for op in [AluOp::Sll, AluOp::Srl, AluOp::Sra] {
        for amount in [32 + 5, 64 + 5, 31, 1 << 40 | 5] {
            let value = 0x8765_4321_8765_4321;
            refused(&guest(value, amount, alu(op, OpWidth::W64)), |m| m.result(m.rd().rotate_left(1)));
            refused(&guest(value, amount, alu(op, OpWidth::W32)), |m| m.result(m.rd() ^ 0x10));
        }
        refused(&guest(MINUS(2), 37, alu(op, OpWidth::W32)), |m| m.result(0));
        refused(&guest(0xf, 64 + 37, alu(AluOp::Sll, OpWidth::W64)), |m| m.result(0));
    }
}

#[test]
fn operands_that_alias_are_read_before_they_are_written() {
    let aliases = [[RS1, RS1, RS2], [RS2, RS1, RS2], [RS1, RS1, RS1], [RD, RS2, RS2]];
    for [rd, rs1, rs2] in aliases {
        let guest = guest(100, 7, Instruction::Mul { op: MulOp::Mul, width: OpWidth::W64, rd, rs1, rs2 });
        refused(&guest, |m| m.result(m.rd().wrapping_mul(m.rs1())));
        refused(&guest, |m| m.result(m.rs1()));
    }
}

#[test]
fn ecall_has_a_next_pc() {
    let code = [vec![addi(Reg::A7, x(0), 64), Instruction::Ecall, addi(x(5), x(0), 1)], exit_with(0)].concat();
    let guest = Guest::new(&code, Vec::new());
    // The run goes on there, the row says so, and what is made of it is consistent.
    let jumps: [fn(&mut Moment<'_>) -> bool; 3] = [
        |m| m.go(m.after.pc + 4),
        |m| m.go(m.after.pc + 8),
        |m| {
            m.ends_at = Some(HALTED);
            m.go(HALTED)
        },
    ];
    for jump in jumps {
        let run = lie(&guest, 1, jump).expect("a lie");
        let mut tables = Tables { guest: &guest, tables: guest.tables(&run) };
        let next = F::from_u64(run.records[1].next_pc);
        assert_eq!(tables.set("ecall", 0, "next_pc", next).refused(), Refusal::Constraint("ecall"));
    }
    // Nor does `exit` lead anywhere.
    for target in [0x1_0000, 0x1_0018, HALTED + 4] {
        let mut tables = Tables::new(&guest);
        let refusal = tables.set("ecall", 1, "next_pc", F::from_u64(target)).refused();
        assert_eq!(refusal, Refusal::Constraint("ecall"));
    }
}

#[test]
fn nothing_halts_early() {
    let guest = isa::mixture();
    let run = guest.run(usize::MAX);
    for steps in [0, 1, 20, run.records.len() - 1] {
        let early = Run { records: run.records[..steps].to_vec(), pc: HALTED };
        assert_eq!(guest.judge(&early), Some(Refusal::Bus("state")), "{steps} steps");
    }
}

#[test]
fn nothing_runs_after_the_halt() {
    let guest = guest(1, 2, Instruction::Fence);
    let mut run = guest.run(usize::MAX);
    run.records.push(run.records[0]);
    assert_eq!(guest.judge(&run), Some(Refusal::Bus("state")));
}

#[test]
fn the_first_pc_and_time_are_bound() {
    let guest = guest(1, 2, Instruction::Fence);
    let run = guest.run(usize::MAX);
    let late = Run { records: run.records[1..].to_vec(), pc: run.pc };
    assert_eq!(guest.judge(&late), Some(Refusal::Bus("state")));
    for by in [F::ONE, F::NEG_ONE, F::from_u64(1 << 32)] {
        let mut tables = Tables::new(&guest);
        for row in 0..run.records.len() - 1 {
            *tables.place("core", row, "time") += by;
        }
        *tables.place("ecall", 0, "time") += by;
        *tables.place("node", 0, "end_time") += by;
        tables.refused();
    }
}

#[test]
fn a_memory_address_is_initialised_once() {
    let guest = isa::mixture();
    for row in 0..4 {
        let mut tables = Tables::new(&guest);
        let unused = tables.padding("leaf", "real");
        tables.copy("leaf", row, unused).refused();
        // A second chain of the same cells that needs no opening.
        let node = tables.padding("node", "real");
        tables.copy("node", node - 1, node).refused();
    }
}

#[test]
fn no_rows_below_the_leaf_layer() {
    let guest = isa::mixture();
    let mut tables = Tables::new(&guest);
    let unused = tables.padding("node", "real");
    // The lowest node, one level further down, as a child of itself.
    tables.copy("node", unused - 1, unused).set("node", unused, "height", F::ZERO);
    tables.set("node", unused - 1, "open_left", F::ONE).refused();
    // A leaf that is opened as a node above the leaves.
    let mut tables = Tables::new(&guest);
    tables.set("node", unused - 1, "height", F::TWO).refused();
}

#[test]
fn the_root_is_node_0() {
    let guest = isa::mixture();
    for (column, value) in
        [("index", F::ONE), ("height", F::from_u32(TREE_HEIGHT - 1)), ("root", F::ZERO), ("real", F::ZERO)]
    {
        let refusal = Tables::new(&guest).set("node", 0, column, value).refused();
        assert_eq!(refusal, Refusal::Constraint("node"), "{column}");
    }
    // A second root, and the root elsewhere.
    assert_eq!(Tables::new(&guest).set("node", 1, "root", F::ONE).refused(), Refusal::Constraint("node"));
    let mut tables = Tables::new(&guest);
    let unused = tables.padding("node", "real");
    tables.copy("node", 0, unused).refused();
    tables.set("node", 0, "root", F::ZERO).refused();
}

#[test]
fn time_does_not_wrap() {
    // An access that finds what is left later, or at the same time.
    let guest = isa::mixture();
    for access in 0..3 {
        for later in [0, 1, 1 << 16, 1 << 32, 1 << 62] {
            let mut tables = Tables::new(&guest);
            let now = *tables.place("core", AT, "time") + F::from_usize(access);
            tables.set("core", AT, &format!("before[{access}]"), now + F::from_u64(later)).refused();
        }
        let mut tables = Tables::new(&guest);
        let now = *tables.place("core", AT, "time") + F::from_usize(access);
        tables.set("core", AT, &format!("before[{access}]"), now - F::from_u64((1 << 16) + 1)).refused();
    }
    // A bridge backwards.
    let far = isa::far_apart();
    let mut tables = Tables::new(&far);
    let before = *tables.place("touch", 0, "before");
    tables.set("touch", 0, "after", before).refused();
    tables.set("touch", 0, "after", before - F::ONE).refused();
    let mut tables = Tables::new(&far);
    let (before, after) = (*tables.place("touch", 0, "before"), *tables.place("touch", 0, "after"));
    tables.set("touch", 0, "before", after).set("touch", 0, "after", before).refused();
}

#[test]
fn addresses_are_unique() {
    // What is the same modulo 2^32, or modulo p, is not the same address.
    let base = DATA + 8;
    for address in [base, base.wrapping_add(1 << 32), base.wrapping_add(0xffff_ffff_0000_0001)] {
        let load =
            Instruction::Load { width: Width::Double, signedness: Signedness::Signed, rd: RD, rs1: RS1, offset: 0 };
        let guest = guest(address, 77, load);
        let run = lie(&guest, AT, |m| {
            let (address, width) = (DATA + 8, Width::Double);
            let value = m.ram.peek(address, width);
            m.record().access = Some(zkvm_machine::Access { address, width, read: Some(value), written: None });
            m.record().rd = value;
            m.after.x[7] = value;
            true
        });
        let verdict = guest.judge(&run.expect("it applies everywhere"));
        assert_eq!(verdict.is_some(), address != base, "{address:#x}");
    }
}

#[test]
fn read_only_memory_cannot_change() {
    let address = zkvm_abi::INPUT.start;
    let guest = guest(address, 77, sd(RS2, RS1, 0));
    let run = lie(&guest, AT, |m| {
        let (address, width) = (m.rs1(), Width::Double);
        m.record().access = Some(zkvm_machine::Access { address, width, read: None, written: Some(m.rs2()) });
        m.ram.poke(address, width, m.rs2());
        true
    });
    assert_eq!(guest.judge(&run.expect("a lie")), Some(Refusal::Bus("memory")));
    // Nor can the leaf be said to lie in memory that can be written.
    let mut tables = Tables::new(isa_reading_input());
    let row = (0..tables.height("leaf")).find(|&row| *tables.place("leaf", row, "read_only") == F::ONE).expect("one");
    tables.set("leaf", row, "read_only", F::ZERO).refused();
}

fn isa_reading_input() -> &'static Guest {
    static GUEST: std::sync::OnceLock<Guest> = std::sync::OnceLock::new();
    GUEST.get_or_init(|| guest(zkvm_abi::INPUT.start, 1, ld(RD, RS1, 0)))
}

#[test]
fn words_of_the_input_are_canonical() {
    // Whoever makes the proof chooses the input's digest, so only the circuit can look at the words.
    let mut tables = Tables::new(isa_reading_input());
    let row = (0..tables.height("leaf")).find(|&row| *tables.place("leaf", row, "input") == F::ONE).expect("one");
    tables.set("leaf", row, "input", F::ZERO).refused();
    tables.set("leaf", row, "input", F::ONE);
    for column in ["old", "new"] {
        *tables.place("leaf", row, &format!("{column}[0]")) += F::from_u64(1 << 32);
        *tables.place("leaf", row, &format!("{column}[1]")) -= F::ONE;
    }
    tables.refused();
}

#[test]
fn unmapped_memory_cannot_be_touched() {
    let _quiet = Quiet::new();
    let mut tables = Tables::new(isa_reading_input());
    // The leaf is in its region, whatever the row says that is.
    for (column, value) in [("first", 0), ("last", (1 << 28) - 1), ("first", 1 << 40), ("index", 1), ("index", 1 << 31)]
    {
        let before = *tables.place("leaf", 0, column);
        tables.set("leaf", 0, column, F::from_u64(value)).refused();
        tables.set("leaf", 0, column, before);
    }
}

#[test]
fn messages_of_two_kinds_cannot_be_confused() {
    let machine = Machine::for_verifier(10);
    let mut rng = SmallRng::seed_from_u64(3);
    for chip in machine.chips().iter().filter(|chip| chip.id() != ChipId::Program) {
        // On the buses that kinds share, the first field is the same whatever the cells are.
        let width = chip.columns().len();
        let values = (0..4 * width).map(|_| F::from_u64(rng.random())).collect();
        let public = vec![F::ZERO; 10];
        let table = Filled { chip: chip.clone(), rows: p3_matrix::dense::RowMajorMatrix::new(values, width), public };
        let check = RowCheck::new(chip);
        let kinds = |row| {
            let mut kinds: Vec<(String, F)> = Vec::new();
            check.messages(&table, row, |bus, fields, _| {
                if matches!(bus, "range" | "instr") || (bus == "hash" && chip.id() != ChipId::Poseidon2) {
                    kinds.push((bus.to_owned(), fields[0]));
                }
            });
            kinds
        };
        assert_eq!(kinds(0), kinds(1), "{}", chip.id().name());
        assert_eq!(kinds(1), kinds(2), "{}", chip.id().name());
    }
}

#[test]
fn no_step_is_missing_repeated_or_out_of_order() {
    let guest = isa::mixture();
    let run = guest.run(usize::MAX);
    for at in [0, 7, 30, run.records.len() - 2] {
        let mut missing = run.clone();
        missing.records.remove(at);
        let mut repeated = run.clone();
        repeated.records.insert(at, run.records[at]);
        let mut swapped = run.clone();
        swapped.records.swap(at, at + 1);
        for lie in [missing, repeated, swapped] {
            assert!(guest.judge(&lie).is_some(), "step {at}");
        }
    }
}

#[test]
fn branches_go_where_their_comparison_says() {
    for cond in isa::CONDS {
        for (a, b) in [(1, 1), (1, 2), (MINUS(1), 1), (1, MINUS(1)), (1 << 32, 1)] {
            let branch = Instruction::Branch { cond, rs1: RS1, rs2: RS2, offset: 8 };
            refused(&guest(a, b, branch), |m| m.go(m.before.pc + 12 - (m.after.pc - m.before.pc)));
        }
    }
    let branch = Instruction::Branch { cond: Cond::Eq, rs1: RS1, rs2: RS2, offset: 8 };
    refused(&guest(1, 1, branch), |m| m.go(m.before.pc + 12));
}
