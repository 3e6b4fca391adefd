//! What is known of a guest register's value inside a block.

use crate::layout::State;

/// What is known of a guest register's value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Value {
    /// In its slot, and nowhere else.
    #[default]
    Slot,
    /// In that x86 register.
    Host(u8),
    /// The sign extension of that x86 register's low half.
    Low(u8),
    /// A constant shift of that x86 register.
    Shift(u8, Shift),
    Constant(u64),
}

impl Value {
    /// The value of guest register `index`, whose value is this, after native code has stopped.
    pub(crate) fn in_state(self, state: &State, index: usize) -> u64 {
        let host = |register: u8| state.host[usize::from(register)];
        match self {
            Value::Slot => state.x[index],
            Value::Host(register) => host(register),
            Value::Low(register) => host(register) as i32 as u64,
            Value::Shift(register, shift) => shift.of(host(register)),
            Value::Constant(value) => value,
        }
    }
}

/// A shift by a constant that is not 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shift {
    pub left: bool,
    pub amount: u8,
    /// Of the low half; the result is its sign extension.
    pub half: bool,
}

impl Shift {
    /// Whether the two are the halves of a rotation.
    pub(super) fn complements(self, other: Shift) -> bool {
        let bits = if self.half { 32 } else { 64 };
        self.half == other.half && self.left != other.left && self.amount + other.amount == bits
    }

    pub(crate) fn of(self, value: u64) -> u64 {
        match self {
            Shift { left: true, half: false, amount } => value << amount,
            Shift { left: false, half: false, amount } => value >> amount,
            Shift { left: true, half: true, amount } => ((value as u32) << amount) as i32 as u64,
            Shift { left: false, half: true, amount } => ((value as u32) >> amount) as i32 as u64,
        }
    }
}
