//! What instructions mean, by the reference semantics and by Rust's own arithmetic.

use std::collections::{BTreeMap, BTreeSet};

use zkvm_machine::{Instruction, MachineState, Memory, Reg, Signedness, Trap, Width, step};

use crate::op::{NarrowCall, NarrowOp, Op};

/// Memory of a few words, for the reference semantics. All others are not mapped.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// By cell.
    pub words: BTreeMap<u64, u64>,
    /// Cells that cannot be stored to.
    pub read_only: BTreeSet<u64>,
}

impl Memory for Words {
    type Fault = Trap;

    fn load(&mut self, address: u64, width: Width) -> Result<u64, Trap> {
        let byte = |at: u64| Some(self.words.get(&(at / 8))?.to_le_bytes()[at as usize % 8]);
        let mut value = 0;
        for index in (0..width.bytes()).rev() {
            let at = address.wrapping_add(index);
            value = value << 8 | u64::from(byte(at).ok_or(Trap::LoadFault { address, width })?);
        }
        Ok(value)
    }

    fn store(&mut self, address: u64, width: Width, value: u64) -> Result<(), Trap> {
        self.check_store(address, width)?;
        for (at, byte) in (address..).zip(&value.to_le_bytes()[..width.bytes() as usize]) {
            let word = self.words.entry(at / 8).or_default();
            let shift = 8 * (at % 8);
            *word = *word & !(0xff << shift) | u64::from(*byte) << shift;
        }
        Ok(())
    }

    fn check_store(&mut self, address: u64, width: Width) -> Result<(), Trap> {
        let writable = |at: u64| self.words.contains_key(&(at / 8)) && !self.read_only.contains(&(at / 8));
        let all = (0..width.bytes()).all(|index| writable(address.wrapping_add(index)));
        if all { Ok(()) } else { Err(Trap::StoreFault { address, width }) }
    }
}

/// Loads or stores by the reference semantics: what becomes of the register and the word in memory.
pub fn narrow(op: NarrowOp, offset: u64, source: u64, old: u64) -> NarrowCall {
    let mut state = MachineState { pc: 0, x: [0; 32], reservation: None };
    let mut memory = Words::default();
    let (rs1, other) = (Reg::A0, Reg::A1);
    let instruction = match op {
        NarrowOp::Load(width, signedness) => {
            (state.x[other.index()], _) = (old, memory.words.insert(0, source));
            Instruction::Load { width, signedness, rd: other, rs1, offset: offset as i32 }
        }
        NarrowOp::Store(width) => {
            (state.x[other.index()], _) = (source, memory.words.insert(0, old));
            Instruction::Store { width, rs1, rs2: other, offset: offset as i32 }
        }
    };
    step(&mut state, instruction, &mut memory).expect("the word is mapped");
    let new = match op {
        NarrowOp::Load(..) => state.x[other.index()],
        NarrowOp::Store(_) => memory.words[&0],
    };
    NarrowCall { op, offset, source, old, new }
}

/// Every narrow load and store.
pub fn narrow_ops() -> Vec<NarrowOp> {
    let widths = [Width::Byte, Width::Half, Width::Word];
    let op = |width| {
        [NarrowOp::Load(width, Signedness::Signed), NarrowOp::Load(width, Signedness::Unsigned), NarrowOp::Store(width)]
    };
    widths.into_iter().flat_map(op).collect()
}

/// What units compute, as far as these tables ask.
pub(super) fn computed(op: u64, a: u64, b: u64) -> Option<u64> {
    let it = |candidate: Op| candidate as u64 == op;
    Some(match () {
        () if it(Op::And) => a & b,
        () if it(Op::Or) => a | b,
        () if it(Op::Xor) => a ^ b,
        () if it(Op::Sll) => a << (b & 63),
        () if it(Op::Srl) => a >> (b & 63),
        () if it(Op::Lt) => u64::from((a as i64) < b as i64),
        () if it(Op::Ltu) => u64::from(a < b),
        () if it(Op::Eq) => u64::from(a == b),
        () if it(Op::Ge) => u64::from(a as i64 >= b as i64),
        () if it(Op::Geu) => u64::from(a >= b),
        () => return None,
    })
}
