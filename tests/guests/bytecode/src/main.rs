//! An interpreter for a small register machine, running a prime sieve and the longest Collatz chain on it.
use guest_common::parameters;

/// One instruction, four bytes as in most such machines: operation, `a`, `b`, `c`.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Operation {
    /// `r[a] = r[b] + r[c]`
    Add,
    /// `r[a] = r[b] * r[c]`
    Multiply,
    /// `r[a] = r[b] >> c`
    ShiftRight,
    /// `r[a] = r[b] & c`
    And,
    /// `r[a] = 256 * b + c`
    Constant,
    /// `r[a] = memory[r[b] + c]`
    Load,
    /// `memory[r[b] + c] = r[a]`
    Store,
    /// `if r[a] < r[b] { pc += c }`, with `c` signed and relative to the next instruction, as in all jumps
    JumpIfLess,
    /// `if r[a] == 0 { pc += 256 * b + c }`, with `256 * b + c` signed
    JumpIfZero,
    /// Ends the program with `r[a]`.
    Halt,
}
use Operation::*;

#[derive(Clone, Copy)]
struct Instruction {
    operation: Operation,
    a: u8,
    b: u8,
    c: u8,
}

const fn code(operation: Operation, a: u8, b: u8, c: i8) -> Instruction {
    Instruction { operation, a, b, c: c as u8 }
}

const fn jump(offset: i8) -> Instruction {
    Instruction { operation: JumpIfZero, a: 0, b: if offset < 0 { 0xff } else { 0 }, c: offset as u8 }
}

const fn jump_if_zero(a: u8, offset: i8) -> Instruction {
    Instruction { a, ..jump(offset) }
}

/// Counts the primes below `r1`. `r0` is 0 and `r15` is 1 in every program.
const SIEVE: &[Instruction] = &[
    code(Constant, 2, 0, 2), // candidate
    code(Constant, 3, 0, 0), // count
    code(JumpIfLess, 2, 1, 1),
    code(Halt, 3, 0, 0),
    code(Load, 4, 2, 0),
    jump_if_zero(4, 2),
    code(Add, 2, 2, 15),
    jump(-6),
    code(Add, 3, 3, 15),
    code(Multiply, 5, 2, 2),
    code(JumpIfLess, 5, 1, 2), // cross out multiples from the square on
    code(Add, 2, 2, 15),
    jump(-11),
    code(Store, 15, 5, 0),
    code(Add, 5, 5, 2),
    jump(-6),
];

/// The start below `r1` of the longest Collatz chain.
const COLLATZ: &[Instruction] = &[
    code(Constant, 2, 0, 1), // start
    code(Constant, 3, 0, 0), // longest chain
    code(Constant, 4, 0, 0), // its start
    code(Constant, 7, 0, 3),
    code(JumpIfLess, 2, 1, 1),
    code(Halt, 4, 0, 0),
    code(Add, 5, 2, 0),         // value
    code(Constant, 6, 0, 0),    // length
    code(JumpIfLess, 15, 5, 5), // while 1 < value
    code(JumpIfLess, 3, 6, 1),
    jump(2),
    code(Add, 3, 6, 0),
    code(Add, 4, 2, 0),
    jump(6),
    code(Add, 6, 6, 15),
    code(And, 8, 5, 1),
    jump_if_zero(8, 5),
    code(Multiply, 5, 5, 7),
    code(Add, 5, 5, 15),
    jump(-12),
    code(Add, 2, 2, 15),
    jump(-18),
    code(ShiftRight, 5, 5, 1),
    jump(-16),
];

fn run(program: &[Instruction], argument: u64, memory: &mut [u64]) -> u64 {
    let mut registers = [0u64; 16];
    registers[1] = argument;
    registers[15] = 1;
    let mut pc = 0usize;
    loop {
        let Instruction { operation, a, b, c } = program[pc];
        let (a, b) = (usize::from(a & 15), b);
        let (rb, rc) = (registers[usize::from(b & 15)], registers[usize::from(c & 15)]);
        pc += 1;
        match operation {
            Add => registers[a] = rb.wrapping_add(rc),
            Multiply => registers[a] = rb.wrapping_mul(rc),
            ShiftRight => registers[a] = rb >> (c & 63),
            And => registers[a] = rb & u64::from(c),
            Constant => registers[a] = u64::from(b) << 8 | u64::from(c),
            Load => registers[a] = memory[(rb + u64::from(c)) as usize],
            Store => memory[(rb + u64::from(c)) as usize] = registers[a],
            JumpIfLess if registers[a] < rb => pc = pc.wrapping_add_signed((c as i8).into()),
            JumpIfZero if registers[a] == 0 => pc = pc.wrapping_add_signed(i16::from_be_bytes([b, c]).into()),
            JumpIfLess | JumpIfZero => {}
            Halt => return registers[a],
        }
    }
}

fn main() {
    let ([sieve_below, collatz_below], _) = parameters();
    let primes = run(SIEVE, sieve_below, &mut vec![0; sieve_below as usize]);
    let start = run(COLLATZ, collatz_below, &mut []);
    zkvm_guest_std::write_output(&primes.to_le_bytes());
    zkvm_guest_std::write_output(&start.to_le_bytes());
}
