//! The end of a block: every value goes to where the next block's map has it.

use dynasmrt::{DynasmApi, dynasm};

use super::Emitter;
use super::assembler::asm;
use super::value::Value;
use super::values::Values;
use crate::layout::slot;
use crate::registers::{Place, RegisterMap};

impl Emitter<'_> {
    /// Brings all values to where `map` has them: the last thing a block does with them. Afterwards only `map`'s homes, and
    /// registers pinned before, are in use.
    pub(super) fn settle(&mut self, map: &RegisterMap) {
        for reg in Values::guests(self.values.moved) {
            if matches!(self.value(reg), Value::Low(_) | Value::Shift(..)) {
                let pinned = self.values.pinned;
                self.read(reg);
                self.values.pinned = pinned;
            }
        }
        let mut moves = Vec::new();
        let mut large = Vec::new();
        let moved = if map == self.map { self.values.moved } else { u32::MAX - 1 };
        for reg in Values::guests(moved) {
            let in_slot = self.values.in_slot & Values::bit(reg) != 0;
            let at = slot(reg.index());
            match (map.place(reg), self.value(reg)) {
                (Place::Gpr(home), Value::Host(host)) if home != host => moves.push((home, host)),
                (Place::Gpr(_), _) | (_, Value::Slot) => {}
                (_, Value::Host(host)) if !in_slot => asm!(self ; mov [BYTE rbp + at], Rq(host)),
                (_, Value::Constant(value)) if !in_slot => match i32::try_from(value as i64) {
                    Ok(value) => asm!(self ; mov QWORD [BYTE rbp + at], value),
                    Err(_) => large.push((at, value)),
                },
                _ => {}
            }
        }
        self.move_all(moves);
        for reg in Values::guests(moved) {
            let Place::Gpr(home) = map.place(reg) else { continue };
            match self.value(reg) {
                Value::Slot => asm!(self ; mov Rq(home), [BYTE rbp + slot(reg.index())]),
                Value::Constant(value) => self.constant(home, value),
                _ => {}
            }
        }
        for (at, value) in large {
            // No map has a home in it, and what was in it has been moved.
            asm!(self ; mov rax, QWORD value as i64 ; mov [BYTE rbp + at], rax);
        }
        if self.record.is_some() {
            self.values.begin(map, &[]);
        }
    }

    /// All these moves (`to`, `from`) at once.
    fn move_all(&mut self, mut moves: Vec<(u8, u8)>) {
        while let Some(&(first_to, first_from)) = moves.first() {
            let ready = moves.iter().position(|&(to, _)| moves.iter().all(|&(_, from)| from != to));
            match ready {
                Some(index) => {
                    let (to, from) = moves.swap_remove(index);
                    asm!(self ; mov Rq(to), Rq(from));
                }
                None => {
                    asm!(self ; xchg Rq(first_to), Rq(first_from));
                    for (_, from) in &mut moves {
                        if *from == first_to {
                            *from = first_from;
                        } else if *from == first_from {
                            *from = first_to;
                        }
                    }
                    moves.retain(|(to, from)| to != from);
                }
            }
        }
    }
}
