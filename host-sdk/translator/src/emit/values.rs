//! Where the values of the guest's registers are while a block is translated.
//!
//! A block begins and ends with its register map; between, a value may be in any x86 register, known as a constant, or in a
//! form that costs less to make: only its low half, sign extension pending, or a shift of another register that a rotation
//! may swallow. A copy is the same x86 register for two guest registers. When registers run out, the one that is not needed
//! for the longest time goes to its slot (Belady). Every value can be had at every point where the guest may stop: native code
//! stops with its registers as they are, and [`values_at`](super::values_at) translates the block once more to say what they hold.

use dynasmrt::{DynasmApi, dynasm};
use zkvm_machine::{Instruction, OpWidth, Reg};

use super::Emitter;
use super::assembler::asm;
use super::value::{Shift, Value};
use crate::layout::slot;
use crate::registers::{Place, RegisterMap};

/// The second operand of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Host(u8),
    Slot(i8),
    Constant(i32),
}

/// The position of a use that never comes.
const NEVER: u16 = u16::MAX;

/// x86 registers that may be held by shifts at once; the others can always be taken.
const MOST_SHIFTED: usize = 3;

/// State of a block's translation.
#[derive(Default)]
pub(super) struct Values {
    guest: [Value; 32],
    /// Guest registers whose slots hold their values; a bit each.
    pub in_slot: u32,
    /// Guest registers whose values may be elsewhere than the block's map has them; a bit each.
    pub moved: u32,
    /// Per x86 register the guest registers whose values depend on it; a bit each.
    users: [u32; 16],
    /// Per x86 register how many of them are shifts of it.
    shifts: [u8; 16],
    /// x86 registers the current instruction needs; a bit each.
    pub pinned: u16,
    /// Per guest register where in the block it is read next, before it is written.
    next_use: [u16; 32],
    /// Per instruction what `next_use` becomes for its two sources and its destination.
    uses: Vec<[u16; 3]>,
}

impl Values {
    pub fn bit(reg: Reg) -> u32 {
        1 << reg.index()
    }

    fn users(&self, host: u8) -> u32 {
        self.users[usize::from(host)]
    }

    fn is_pinned(&self, host: u8) -> bool {
        self.pinned >> host & 1 == 1
    }

    fn pin(&mut self, host: u8) -> u8 {
        self.pinned |= 1 << host;
        host
    }

    /// Forgets the value of `reg`.
    fn drop(&mut self, reg: Reg) {
        let value = self.guest[reg.index()];
        if let Value::Host(host) | Value::Low(host) | Value::Shift(host, _) = value {
            self.users[usize::from(host)] &= !Values::bit(reg);
            self.shifts[usize::from(host)] -= u8::from(matches!(value, Value::Shift(..)));
        }
    }

    fn set(&mut self, reg: Reg, value: Value) {
        self.drop(reg);
        if let Value::Host(host) | Value::Low(host) | Value::Shift(host, _) = value {
            self.users[usize::from(host)] |= Values::bit(reg);
            self.shifts[usize::from(host)] += u8::from(matches!(value, Value::Shift(..)));
        }
        self.guest[reg.index()] = value;
        self.moved |= Values::bit(reg);
    }

    /// The guest registers of these bits.
    pub fn guests(mut users: u32) -> impl Iterator<Item = Reg> {
        std::iter::from_fn(move || {
            let index = (users != 0).then(|| users.trailing_zeros())?;
            users &= users - 1;
            Some(Reg::new(index))
        })
    }

    fn is_shifted(&self, host: u8) -> bool {
        self.shifts[usize::from(host)] != 0
    }

    /// The values as `map` has them, at the start of a block of these instructions.
    pub fn begin(&mut self, map: &RegisterMap, instructions: &[Option<Instruction>]) {
        self.guest = [Value::Slot; 32];
        self.guest[0] = Value::Constant(0);
        self.users = [0; 16];
        self.shifts = [0; 16];
        self.in_slot = u32::MAX;
        self.pinned = 0;
        for (index, home) in map.mapped() {
            self.set(Reg::new(index as u32), Value::Host(home));
            self.in_slot &= !(1 << index);
        }
        self.moved = 0;
        self.next_use = [NEVER; 32];
        self.uses.clear();
        self.uses.resize(instructions.len(), [NEVER; 3]);
        for (at, instruction) in instructions.iter().enumerate().rev() {
            let Some(instruction) = instruction else { continue };
            let (rs1, rs2) = instruction.sources();
            let rd = instruction.destination().unwrap_or(Reg::ZERO);
            let next = &mut self.next_use;
            self.uses[at][2] = std::mem::replace(&mut next[rd.index()], NEVER);
            let sources = [rs1, rs2].map(|reg| if reg == rd { NEVER } else { next[reg.index()] });
            [self.uses[at][0], self.uses[at][1]] = sources;
            for reg in [rs1, rs2] {
                next[reg.index()] = at as u16;
            }
        }
    }
}

impl Emitter<'_> {
    pub(super) fn begin_values(&mut self, instructions: &[Option<Instruction>]) {
        self.values.begin(self.map, instructions);
    }

    /// Before the block's instruction number `at`.
    pub(super) fn begin_instruction(&mut self, at: usize, instruction: Instruction) {
        let values = &mut self.values;
        values.pinned = 0;
        let (rs1, rs2) = instruction.sources();
        let [next1, next2, _] = values.uses[at];
        values.next_use[rs1.index()] = next1;
        values.next_use[rs2.index()] = next2;
    }

    /// After it.
    pub(super) fn end_instruction(&mut self, at: usize, instruction: Instruction) {
        if let (Some(rd), Some(&[_, _, next])) = (instruction.destination(), self.values.uses.get(at)) {
            self.values.next_use[rd.index()] = next;
        }
    }

    pub(super) fn value(&self, reg: Reg) -> Value {
        self.values.guest[reg.index()]
    }

    pub(super) fn constant_of(&self, reg: Reg) -> Option<u64> {
        if let Value::Constant(value) = self.value(reg) { Some(value) } else { None }
    }

    /// `rd` has this value from now on.
    pub(super) fn define(&mut self, rd: Reg, value: Value) {
        if rd == Reg::ZERO {
            return;
        }
        self.values.set(rd, value);
        self.values.in_slot &= !Values::bit(rd);
    }

    /// The guest may stop at this point, at the instruction at `pc`.
    pub(super) fn may_stop(&mut self, pc: u64) {
        if let Some((wanted, found)) = &mut self.record
            && *wanted == pc
        {
            *found = self.values.guest;
        }
    }

    /// An x86 register with the value of `reg`, for the current instruction.
    pub(super) fn read(&mut self, reg: Reg) -> u8 {
        let host = match self.value(reg) {
            Value::Host(host) => host,
            Value::Low(host) => {
                self.values.pin(host);
                let users = self.values.users(host);
                let all_low = Values::guests(users).all(|user| self.value(user) == Value::Low(host));
                let extended = if all_low { host } else { self.take() };
                asm!(self ; movsxd Rq(extended), Rd(host));
                let extends = if all_low { users } else { Values::bit(reg) };
                Values::guests(extends).for_each(|user| self.values.set(user, Value::Host(extended)));
                extended
            }
            Value::Shift(host, shift) => {
                let dst = self.take();
                let value = self.shifted(dst, host, shift);
                self.values.set(reg, value);
                return self.read(reg);
            }
            Value::Slot => {
                let host = self.take();
                asm!(self ; mov Rq(host), [BYTE rbp + slot(reg.index())]);
                self.values.set(reg, Value::Host(host));
                host
            }
            Value::Constant(value) => {
                let host = self.take();
                self.constant(host, value);
                if reg != Reg::ZERO {
                    self.values.set(reg, Value::Host(host));
                }
                host
            }
        };
        self.values.pin(host)
    }

    /// An x86 register whose low half is that of `reg`, for the current instruction.
    pub(super) fn read_low(&mut self, reg: Reg) -> u8 {
        match self.value(reg) {
            Value::Low(host) => self.values.pin(host),
            _ => self.read(reg),
        }
    }

    /// An x86 register with as much of `reg` as an instruction of that width reads.
    pub(super) fn read_half(&mut self, width: OpWidth, reg: Reg) -> u8 {
        if width == OpWidth::W32 { self.read_low(reg) } else { self.read(reg) }
    }

    /// The value of `reg` as a second operand of an instruction of that width.
    pub(super) fn source(&mut self, width: OpWidth, reg: Reg) -> Source {
        match self.value(reg) {
            Value::Low(host) if width == OpWidth::W32 => Source::Host(self.values.pin(host)),
            Value::Constant(value) if i32::try_from(value as i64).is_ok() => Source::Constant(value as i32),
            Value::Slot if self.values.next_use[reg.index()] == NEVER => Source::Slot(slot(reg.index())),
            _ => Source::Host(self.read(reg)),
        }
    }

    /// Both operands of an instruction of that width.
    pub(super) fn operands(&mut self, width: OpWidth, rs1: Reg, rs2: Reg) -> (u8, Source) {
        (self.read_half(width, rs1), self.source(width, rs2))
    }

    /// `rd = host`, the result of an instruction of that width.
    pub(super) fn define_half(&mut self, rd: Reg, width: OpWidth, host: u8) {
        self.define(rd, if width == OpWidth::W32 { Value::Low(host) } else { Value::Host(host) });
    }

    /// Emits `dst = shift of host`, and says what `dst` then holds. Clobbers flags.
    pub(super) fn shifted(&mut self, dst: u8, host: u8, shift: Shift) -> Value {
        if dst != host {
            asm!(self ; mov Rq(dst), Rq(host));
        }
        let amount = shift.amount as i8;
        match (shift.left, shift.half) {
            (true, false) => asm!(self ; shl Rq(dst), amount),
            (false, false) => asm!(self ; shr Rq(dst), amount),
            (true, true) => {
                asm!(self ; shl Rd(dst), amount);
                return Value::Low(dst);
            }
            // Not negative, so extended already.
            (false, true) => asm!(self ; shr Rd(dst), amount),
        }
        Value::Host(dst)
    }

    /// Whether the value in `host` is needed no more once `rd` is written.
    pub(super) fn dies(&self, host: u8, rd: Reg) -> bool {
        self.values.users(host) & !Values::bit(rd) == 0
    }

    fn is_temp(&self, host: u8) -> bool {
        self.values.is_pinned(host) && self.values.users(host) == 0
    }

    /// An x86 register for the new value of `rd`, which may be one that an operand is in: for an instruction that reads
    /// its operands before it writes.
    pub(super) fn result(&mut self, rd: Reg) -> u8 {
        let host = match (self.map.place(rd), self.value(rd)) {
            (Place::Gpr(home), _) if self.dies(home, rd) && !self.is_temp(home) => home,
            (_, Value::Host(host) | Value::Low(host)) if self.dies(host, rd) => host,
            _ => self.take(),
        };
        self.values.pin(host)
    }

    /// An x86 register for the new value of `rd` in which no operand is.
    pub(super) fn result_apart(&mut self, rd: Reg) -> u8 {
        let host = match self.map.place(rd) {
            Place::Gpr(home) if self.dies(home, rd) && !self.values.is_pinned(home) => home,
            _ => self.take(),
        };
        self.values.pin(host)
    }

    /// An x86 register that holds nothing, for the current instruction.
    pub(super) fn temp(&mut self) -> u8 {
        let host = self.take();
        self.values.pin(host)
    }

    /// A register for scratch before the new value is written to `dst`: `dst`, if that holds nothing.
    pub(super) fn scratch_before(&mut self, dst: u8) -> u8 {
        if self.values.users(dst) == 0 { dst } else { self.temp() }
    }

    /// The x86 register `host`, holding nothing, for the current instruction, whose operands are read after this.
    pub(super) fn claim(&mut self, host: u8) {
        self.values.pin(host);
        if self.values.users(host) != 0 {
            let other = self.take();
            asm!(self ; mov Rq(other), Rq(host));
            for user in Values::guests(self.values.users(host)).collect::<Vec<_>>() {
                let moved = match self.value(user) {
                    Value::Low(_) => Value::Low(other),
                    Value::Shift(_, shift) => Value::Shift(other, shift),
                    _ => Value::Host(other),
                };
                self.values.set(user, moved);
            }
        }
    }

    /// `host = reg`, where `host` was claimed.
    pub(super) fn read_into(&mut self, host: u8, reg: Reg) {
        match self.value(reg) {
            Value::Host(from) => asm!(self ; mov Rq(host), Rq(from)),
            Value::Low(from) => asm!(self ; movsxd Rq(host), Rd(from)),
            Value::Shift(from, shift) => {
                if let Value::Low(_) = self.shifted(host, from, shift) {
                    asm!(self ; movsxd Rq(host), Rd(host));
                }
            }
            Value::Slot => asm!(self ; mov Rq(host), [BYTE rbp + slot(reg.index())]),
            Value::Constant(value) => self.constant(host, value),
        }
    }

    /// Whether a register is the other half of a rotation of `host`.
    pub(super) fn holds_complement(&self, host: u8, shift: Shift) -> bool {
        let is_complement = |reg| matches!(self.value(reg), Value::Shift(_, other) if shift.complements(other));
        Values::guests(self.values.users(host)).any(is_complement)
    }

    /// Whether a shift of `host` can be left to be made later.
    pub(super) fn may_hold_shift(&self, host: u8) -> bool {
        let shifted = self.mode.pool().iter().filter(|&&other| other != host && self.values.is_shifted(other));
        shifted.count() < MOST_SHIFTED
    }

    /// A register of the pool that holds nothing; makes one if there is none, but not of one that a shift waits for.
    fn take(&mut self) -> u8 {
        let pool = self.mode.pool().iter().copied();
        let free = pool.clone().find(|&host| self.values.users(host) == 0 && !self.values.is_pinned(host));
        free.unwrap_or_else(|| {
            let candidates = pool.filter(|&host| !self.values.is_pinned(host) && !self.values.is_shifted(host));
            let host = candidates.max_by_key(|&host| self.distance(host)).expect("few registers are pinned or shifted");
            self.evict(host);
            host
        })
    }

    /// How far away the next use of what `host` holds is; further if its slot holds it anyway.
    fn distance(&self, host: u8) -> (u16, bool) {
        let users = self.values.users(host);
        let next = |reg: Reg| {
            let next = self.values.next_use[reg.index()];
            // At the end of the block it is wanted at home.
            if next == NEVER && self.map.place(reg) == Place::Gpr(host) { NEVER - 1 } else { next }
        };
        (Values::guests(users).map(next).min().unwrap_or(NEVER), users & !self.values.in_slot == 0)
    }

    /// Moves what `host` holds to slots.
    fn evict(&mut self, host: u8) {
        let users = self.values.users(host);
        // Sign extension destroys the whole value, so what is not only a low half goes first.
        for low in [false, true] {
            let mut extended = false;
            for user in Values::guests(users) {
                if (self.value(user) == Value::Low(host)) != low {
                    continue;
                }
                if self.values.in_slot & Values::bit(user) == 0 {
                    if low && !std::mem::replace(&mut extended, true) {
                        asm!(self ; movsxd Rq(host), Rd(host));
                    }
                    asm!(self ; mov [BYTE rbp + slot(user.index())], Rq(host));
                }
                self.values.set(user, Value::Slot);
                self.values.in_slot |= Values::bit(user);
            }
        }
    }
}
