//! What instructions mean: the reference semantics every other part is tested against.

use zkvm_abi::{scope, system_call};

use crate::instruction::{AluOp, AmoOp, Cond, Instruction, MulOp, OpWidth, Reg, Signedness, Width};
use crate::trap::Trap;

/// Where loads come from: RAM in a full run, the read log in replay.
pub trait Memory {
    /// What can go wrong: traps, and whatever the memory itself adds to them.
    type Fault: From<Trap>;

    /// The `width` bytes at `address`, zero-extended. A failed access is a [`Trap::LoadFault`].
    fn load(&mut self, address: u64, width: Width) -> Result<u64, Self::Fault>;

    /// Stores the low `width` bytes of `value`. A failed access is a [`Trap::StoreFault`] and stores nothing.
    fn store(&mut self, address: u64, width: Width, value: u64) -> Result<(), Self::Fault>;

    /// Fails with a [`Trap::StoreFault`] if [`Memory::store`] would, without storing.
    fn check_store(&mut self, address: u64, width: Width) -> Result<(), Self::Fault>;
}

/// The address and width of the last `lr`, as long as no `sc` has been executed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Address of the `lr`.
    pub address: u64,
    /// [`Width::Word`] or [`Width::Double`].
    pub width: Width,
}

/// All state of the machine besides memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineState {
    /// Address of the next instruction.
    pub pc: u64,
    /// `x0` to `x31`; `x[0]` is 0.
    pub x: [u64; 32],
    /// Held by the last `lr`.
    pub reservation: Option<Reservation>,
}

impl MachineState {
    /// The state a program starts in (see [`zkvm_abi::entry`]).
    pub fn at_entry(pc: u64) -> MachineState {
        let mut x = [0; 32];
        x[zkvm_abi::entry::SP as usize] = zkvm_abi::STACK.end;
        x[zkvm_abi::entry::INPUT_POINTER as usize] = zkvm_abi::INPUT.start;
        x[zkvm_abi::entry::OUTPUT_POINTER as usize] = zkvm_abi::OUTPUT.start;
        MachineState { pc, x, reservation: None }
    }

    fn get(&self, reg: Reg) -> u64 {
        self.x[reg.index()]
    }

    fn set(&mut self, reg: Reg, value: u64) {
        if reg != Reg::ZERO {
            self.x[reg.index()] = value;
        }
    }
}

/// One step's access to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// First byte.
    pub address: u64,
    /// Bytes.
    pub width: Width,
    /// What was there before, zero-extended, if it was read.
    pub read: Option<u64>,
    /// What is there now, zero-extended, if it was written.
    pub written: Option<u64>,
}

/// What a step asks of the world outside the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// `exit`.
    Exit {
        /// Low 32 bits of `a0`.
        exit_code: u32,
    },
    /// `write`: `bytes` bytes at `address` to the file `fd`.
    Write {
        /// 1 is standard output, 2 standard error; others print nothing.
        fd: u64,
        /// An allegation.
        address: u64,
        /// An allegation.
        bytes: u64,
    },
    /// A scope marker; the name is `bytes` bytes at `address`.
    Scope {
        /// Whether it opens.
        begin: bool,
        /// An allegation.
        address: u64,
        /// An allegation.
        bytes: u64,
    },
}

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepRecord {
    /// Where the instruction is.
    pub pc: u64,
    /// What it is.
    pub instruction: Instruction,
    /// Value of the register `rs1`; `a0` for `ecall`; 0 where the instruction has none.
    pub rs1: u64,
    /// Value of the register `rs2`; `a2` for `ecall`; 0 where the instruction has none.
    pub rs2: u64,
    /// Value computed for `rd` (written only if `rd` is not `x0`); `a0` after an `ecall`; 0 where there is none.
    pub rd: u64,
    /// Address of the next instruction.
    pub next_pc: u64,
    /// Its memory access.
    pub access: Option<Access>,
    /// Its effect outside the machine.
    pub event: Option<Event>,
}

/// Executes `instruction` at `state.pc`. On a fault `state` is unchanged.
#[inline]
pub fn step<M: Memory>(
    state: &mut MachineState,
    instruction: Instruction,
    memory: &mut M,
) -> Result<StepRecord, M::Fault> {
    let pc = state.pc;
    let (rs1, rs2) = instruction.sources();
    let (a, b) = (state.get(rs1), state.get(rs2));
    let mut record =
        StepRecord { pc, instruction, rs1: a, rs2: b, rd: 0, next_pc: pc.wrapping_add(4), access: None, event: None };
    match instruction {
        Instruction::Lui { imm, .. } => record.rd = imm as u64,
        Instruction::Auipc { imm, .. } => record.rd = pc.wrapping_add(imm as u64),
        Instruction::Jal { offset, .. } => {
            record.rd = record.next_pc;
            record.next_pc = jump_target(pc.wrapping_add(offset as u64))?;
        }
        Instruction::Jalr { offset, .. } => {
            record.rd = record.next_pc;
            record.next_pc = jump_target(a.wrapping_add(offset as u64) & !1)?;
        }
        Instruction::Branch { cond, offset, .. } => {
            if holds(cond, a, b) {
                record.next_pc = jump_target(pc.wrapping_add(offset as u64))?;
            }
        }
        Instruction::Load { width, signedness, offset, .. } => {
            let address = a.wrapping_add(offset as u64);
            let value = memory.load(address, width)?;
            record.access = Some(Access { address, width, read: Some(value), written: None });
            record.rd = extend(value, width, signedness);
        }
        Instruction::Store { width, offset, .. } => {
            let address = a.wrapping_add(offset as u64);
            let value = b & width.mask();
            memory.store(address, width, value)?;
            record.access = Some(Access { address, width, read: None, written: Some(value) });
        }
        Instruction::AluImm { op, width, rd, imm, .. } => {
            record.rd = alu(op, width, a, imm as u64);
            if op == AluOp::Slt && rd == Reg::ZERO && rs1 == Reg::ZERO {
                record.event = scope_marker(state, imm);
            }
        }
        Instruction::Alu { op, width, .. } => record.rd = alu(op, width, a, b),
        Instruction::Mul { op, width, .. } => record.rd = mul(op, width, a, b),
        Instruction::LoadReserved { width, .. } => {
            let address = aligned(a, width)?;
            let value = memory.load(address, width)?;
            state.reservation = Some(Reservation { address, width });
            record.access = Some(Access { address, width, read: Some(value), written: None });
            record.rd = extend(value, width, Signedness::Signed);
        }
        Instruction::StoreConditional { width, .. } => {
            let address = aligned(a, width)?;
            let held = state.reservation == Some(Reservation { address, width });
            if held {
                let value = b & width.mask();
                memory.store(address, width, value)?;
                record.access = Some(Access { address, width, read: None, written: Some(value) });
            }
            state.reservation = None;
            record.rd = u64::from(!held);
        }
        Instruction::Amo { op, width, .. } => {
            let address = aligned(a, width)?;
            memory.check_store(address, width)?;
            let old = memory.load(address, width)?;
            let new = amo(op, width, old, b) & width.mask();
            memory.store(address, width, new)?;
            record.access = Some(Access { address, width, read: Some(old), written: Some(new) });
            record.rd = extend(old, width, Signedness::Signed);
        }
        Instruction::Fence => {}
        Instruction::Ecall => system_call(state, &mut record)?,
        Instruction::Ebreak => return Err(Trap::Breakpoint.into()),
    }
    if let Some(rd) = instruction.destination() {
        state.set(rd, record.rd);
    }
    state.pc = record.next_pc;
    Ok(record)
}

fn jump_target(target: u64) -> Result<u64, Trap> {
    if target & 3 == 0 { Ok(target) } else { Err(Trap::MisalignedJump { target }) }
}

fn aligned(address: u64, width: Width) -> Result<u64, Trap> {
    if address & (width.bytes() - 1) == 0 { Ok(address) } else { Err(Trap::MisalignedAtomic { address, width }) }
}

/// Whether a branch on `cond` is taken.
pub fn holds(cond: Cond, a: u64, b: u64) -> bool {
    match cond {
        Cond::Eq => a == b,
        Cond::Ne => a != b,
        Cond::Lt => (a as i64) < b as i64,
        Cond::Ge => a as i64 >= b as i64,
        Cond::Ltu => a < b,
        Cond::Geu => a >= b,
    }
}

/// The register value of `value`, which was read with `width` bytes.
pub fn extend(value: u64, width: Width, signedness: Signedness) -> u64 {
    match (signedness, width) {
        (Signedness::Unsigned, _) | (_, Width::Double) => value,
        (_, Width::Byte) => value as i8 as u64,
        (_, Width::Half) => value as i16 as u64,
        (_, Width::Word) => value as i32 as u64,
    }
}

fn sign_extend_32(value: u32) -> u64 {
    value as i32 as u64
}

fn alu(op: AluOp, width: OpWidth, a: u64, b: u64) -> u64 {
    if width == OpWidth::W32 {
        let amount = b as u32 & 31;
        return sign_extend_32(match op {
            AluOp::Add => (a as u32).wrapping_add(b as u32),
            AluOp::Sub => (a as u32).wrapping_sub(b as u32),
            AluOp::Sll => (a as u32) << amount,
            AluOp::Srl => a as u32 >> amount,
            AluOp::Sra => (a as i32 >> amount) as u32,
            AluOp::Slt | AluOp::Sltu | AluOp::Xor | AluOp::Or | AluOp::And => {
                unreachable!("the decoder makes no 32-bit form of {op:?}")
            }
        });
    }
    match op {
        AluOp::Add => a.wrapping_add(b),
        AluOp::Sub => a.wrapping_sub(b),
        AluOp::Sll => a << (b & 63),
        AluOp::Slt => u64::from((a as i64) < b as i64),
        AluOp::Sltu => u64::from(a < b),
        AluOp::Xor => a ^ b,
        AluOp::Srl => a >> (b & 63),
        AluOp::Sra => (a as i64 >> (b & 63)) as u64,
        AluOp::Or => a | b,
        AluOp::And => a & b,
    }
}

/// §13: division by zero gives all ones and the dividend, `MIN / -1` gives `MIN` and 0; nothing traps.
fn mul(op: MulOp, width: OpWidth, a: u64, b: u64) -> u64 {
    if width == OpWidth::W32 {
        let (a, b) = (a as u32, b as u32);
        return sign_extend_32(match op {
            MulOp::Mul => a.wrapping_mul(b),
            MulOp::Div if b == 0 => u32::MAX,
            MulOp::Div => (a as i32).wrapping_div(b as i32) as u32,
            MulOp::Divu => a.checked_div(b).unwrap_or(u32::MAX),
            MulOp::Rem if b == 0 => a,
            MulOp::Rem => (a as i32).wrapping_rem(b as i32) as u32,
            MulOp::Remu => a.checked_rem(b).unwrap_or(a),
            MulOp::Mulh | MulOp::Mulhsu | MulOp::Mulhu => unreachable!("the decoder makes no 32-bit form of {op:?}"),
        });
    }
    match op {
        MulOp::Mul => a.wrapping_mul(b),
        MulOp::Mulh => ((i128::from(a as i64) * i128::from(b as i64)) >> 64) as u64,
        MulOp::Mulhsu => ((i128::from(a as i64) * i128::from(b)) >> 64) as u64,
        MulOp::Mulhu => ((u128::from(a) * u128::from(b)) >> 64) as u64,
        MulOp::Div if b == 0 => u64::MAX,
        MulOp::Div => (a as i64).wrapping_div(b as i64) as u64,
        MulOp::Divu => a.checked_div(b).unwrap_or(u64::MAX),
        MulOp::Rem if b == 0 => a,
        MulOp::Rem => (a as i64).wrapping_rem(b as i64) as u64,
        MulOp::Remu => a.checked_rem(b).unwrap_or(a),
    }
}

fn amo(op: AmoOp, width: Width, old: u64, operand: u64) -> u64 {
    let signed = |value| extend(value, width, Signedness::Signed) as i64;
    let unsigned = |value| value & width.mask();
    match op {
        AmoOp::Swap => operand,
        AmoOp::Add => old.wrapping_add(operand),
        AmoOp::Xor => old ^ operand,
        AmoOp::And => old & operand,
        AmoOp::Or => old | operand,
        AmoOp::Min => signed(old).min(signed(operand)) as u64,
        AmoOp::Max => signed(old).max(signed(operand)) as u64,
        AmoOp::Minu => unsigned(old).min(unsigned(operand)),
        AmoOp::Maxu => unsigned(old).max(unsigned(operand)),
    }
}

fn system_call(state: &mut MachineState, record: &mut StepRecord) -> Result<(), Trap> {
    let (a0, a2) = (state.get(Reg::A0), state.get(Reg::A2));
    (record.rs1, record.rs2, record.rd) = (a0, a2, a0);
    match state.get(Reg::A7) {
        system_call::EXIT => record.event = Some(Event::Exit { exit_code: a0 as u32 }),
        system_call::WRITE => {
            record.event = Some(Event::Write { fd: a0, address: state.get(Reg::A1), bytes: a2 });
            record.rd = a2;
            state.set(Reg::A0, a2);
        }
        number => return Err(Trap::UnknownSystemCall { number }),
    }
    Ok(())
}

fn scope_marker(state: &MachineState, imm: i32) -> Option<Event> {
    let begin = match imm {
        scope::BEGIN => true,
        scope::END => false,
        _ => return None,
    };
    Some(Event::Scope { begin, address: state.get(Reg::A0), bytes: state.get(Reg::A1) })
}
