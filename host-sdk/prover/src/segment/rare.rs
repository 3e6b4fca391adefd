//! Steps that tables of their own execute.

use zkvm_abi::{WINDOW_BYTES, system_call};
use zkvm_circuit::NarrowOp;
use zkvm_circuit::cells::{RESERVATION, destination, source};
use zkvm_circuit::chips::atomic::{self, AtomicFields, AtomicStep, Class};
use zkvm_circuit::chips::ecall::{self, EcallStep, SystemCall};
use zkvm_circuit::chips::misaligned::{self, MisalignedStep};
use zkvm_machine::{Access as MemoryAccess, Instruction, Reg, StepRecord};

use super::assign::{Access, Assigner};

impl Assigner<'_> {
    /// A load or store that is not aligned to its width.
    pub(super) fn misaligned(&mut self, record: &StepRecord) {
        let (op, rs1, register, offset, cell) = match record.instruction {
            Instruction::Load { width, signedness, rd, rs1, offset } => {
                (NarrowOp::Load(width, signedness), rs1, rd, offset, destination(rd))
            }
            Instruction::Store { width, rs1, rs2, offset } => (NarrowOp::Store(width), rs1, rs2, offset, source(rs2)),
            _ => unreachable!("only loads and stores have an access and a row of `core`"),
        };
        let time = self.time;
        let Some(access) = record.access else { return };
        let word = access.address / 8;
        let crosses = access.address % 8 + access.width.bytes() > 8;
        let base = self.access(source(rs1), time);
        let value = self.access(cell, time + 1);
        let first = self.access(word, time + 2);
        let second = if crosses { self.access(word + 1, time + 3) } else { Access { value: 0, before: 0 } };
        let step = MisalignedStep {
            pc: record.pc,
            time,
            op,
            rs1,
            register,
            offset,
            base: base.value,
            value: value.value,
            words: [first.value, second.value],
            read_only: [self.is_read_only(word), crosses && self.is_read_only(word + 1)],
            before: [base.before, value.before, first.before, second.before],
        };
        match op {
            NarrowOp::Load(..) => self.put(cell, record.rd),
            NarrowOp::Store(_) => {
                let shift = 8 * (access.address % 8);
                let both = u128::from(first.value) | u128::from(second.value) << 64;
                let mask = u128::from(access.width.mask()) << shift;
                let written = u128::from(access.written.unwrap_or_default()) << shift;
                let both = both & !mask | written & mask;
                self.put(word, both as u64);
                if crosses {
                    self.put(word + 1, (both >> 64) as u64);
                }
            }
        }
        self.time += misaligned::SLOTS;
        self.rows.misaligned.push(step);
    }

    /// An instruction of the `A` extension.
    pub(super) fn atomic(&mut self, record: &StepRecord) {
        let Some(fields) = AtomicFields::of(record.instruction) else { return };
        let time = self.time;
        let none = Access { value: 0, before: 0 };
        let [r1, r2, r3] = fields.cells;
        let address = self.access(r1, time);
        let rs2 = self.access(r2, time + 1);
        // A failing `sc` does not touch memory.
        let (word, memory) = match record.access {
            Some(access) => (access.address / 8, self.access(access.address / 8, time + 2)),
            None => (0, none),
        };
        let rd = self.access(r3, time + 3);
        let reserves = matches!(fields.class, Class::LoadReserved | Class::StoreConditional);
        let reservation = if reserves { self.access(RESERVATION, time + 4) } else { none };
        if let Some(MemoryAccess { address, width, written: Some(written), .. }) = record.access {
            let shift = 8 * (address % 8);
            let mask = width.mask() << shift;
            self.put(word, memory.value & !mask | written << shift & mask);
        }
        self.put(r3, record.rd);
        match fields.class {
            Class::LoadReserved => self.put(RESERVATION, AtomicStep::held(address.value, fields.width)),
            Class::StoreConditional => self.put(RESERVATION, 0),
            _ => (),
        }
        // The machine lets such an `sc` fail without looking at memory; the circuit has no row for it.
        if address.value >= WINDOW_BYTES {
            self.rows.unprovable = Some(record.pc);
        }
        let lr = fields.class == Class::LoadReserved;
        self.rows.atomic.push(AtomicStep {
            pc: record.pc,
            time,
            fields,
            address: address.value,
            rs2: rs2.value,
            word: memory.value,
            read_only: lr && self.is_read_only(word),
            rd: rd.value,
            reservation: reservation.value,
            before: [address.before, rs2.before, memory.before, rd.before, reservation.before],
        });
        self.time += atomic::SLOTS;
    }

    /// `ecall`: `exit` or `write`; replay knows no other.
    pub(super) fn ecall(&mut self, record: &StepRecord) {
        let time = self.time;
        let a7 = self.access(source(Reg::A7), time);
        let a0 = self.access(source(Reg::A0), time + 1);
        let call = if a7.value == system_call::EXIT {
            SystemCall::Exit
        } else {
            let a2 = self.access(source(Reg::A2), time + 2);
            self.put(source(Reg::A0), a2.value);
            SystemCall::Write { a2: a2.value, before: a2.before }
        };
        self.time += ecall::SLOTS;
        self.rows.ecall.push(EcallStep { pc: record.pc, time, call, a0: a0.value, before: [a7.before, a0.before] });
    }
}
