//! Wrong loads and stores, and traps that are none.

use zkvm_machine::{Access, Instruction, Reservation, Signedness, Trap, Width, extend};
use zkvm_test_support::{DATA, TEXT};

use super::openly;
use crate::guest::Ram;
use crate::lies::{Lie, Moment};

/// The word that the loads and stores of most scenes are about.
const PLACE: u64 = DATA + 32;

/// What a load would access: address, width, signedness.
fn load(m: &Moment<'_>) -> Option<(u64, Width, Signedness)> {
    match m.instruction() {
        Instruction::Load { width, signedness, offset, .. } => {
            Some((m.rs1().wrapping_add(offset as u64), width, signedness))
        }
        Instruction::LoadReserved { width, .. } => Some((m.rs1(), width, Signedness::Signed)),
        _ => None,
    }
}

fn store(m: &Moment<'_>) -> Option<(u64, Width)> {
    match m.instruction() {
        Instruction::Store { width, offset, .. } => Some((m.rs1().wrapping_add(offset as u64), width)),
        _ => None,
    }
}

/// The load reads `width` bytes at `address` of `ram`.
fn read(m: &mut Moment<'_>, ram: &Ram<'_>, (address, width, signedness): (u64, Width, Signedness)) -> bool {
    let value = ram.peek(address, width);
    m.record().access = Some(Access { address, width, read: Some(value), written: None });
    m.result(extend(value, width, signedness))
}

/// The load reads elsewhere.
fn read_at(m: &mut Moment<'_>, address: impl Fn(u64, Width) -> u64) -> bool {
    let Some((at, width, signedness)) = load(m) else { return false };
    let ram = m.ram_before.clone();
    read(m, &ram, (address(at, width), width, signedness))
}

/// The store writes `value` with `width` bytes to `address`.
fn write(m: &mut Moment<'_>, address: u64, width: Width, value: u64) -> bool {
    let value = value & width.mask();
    m.ram = m.ram_before.clone();
    m.ram.poke(address, width, value);
    let access = Access { address, width, read: None, written: Some(value) };
    m.record().access.replace(access) != Some(access)
}

fn trapped(m: &Moment<'_>, kind: fn(&Trap) -> bool) -> bool {
    let (mut state, mut ram) = (m.before.clone(), m.ram_before.clone());
    zkvm_machine::step(&mut state, m.instruction(), &mut ram).is_err_and(|trap| kind(&trap))
}

/// What `sc` is said to do.
fn sc(m: &mut Moment<'_>, succeeds: bool, stores: bool) -> bool {
    let Instruction::StoreConditional { width, rd, .. } = m.instruction() else { return false };
    let (address, value) = (m.rs1(), m.rs2() & width.mask());
    let stored = m.records[0].access.is_some();
    m.ram = m.ram_before.clone();
    m.record().access = None;
    if stores {
        m.ram.poke(address, width, value);
        m.record().access = Some(Access { address, width, read: None, written: Some(value) });
    }
    m.record().rd = u64::from(!succeeds);
    m.after.x[rd.index()] = u64::from(!succeeds);
    m.after.reservation = None;
    (stored, stored) != (succeeds, stores) || trapped(m, |_| true)
}

pub(super) const ALL: &[Lie] = &[
    ("load from the next byte", |m| read_at(m, |address, _| address + 1)),
    ("load from the next word", |m| read_at(m, |address, _| address + 8)),
    ("load from the word before", |m| read_at(m, |address, _| address - 8)),
    ("load from the other half of the word", |m| read_at(m, |address, _| address ^ 4)),
    ("misaligned load as an aligned one", |m| read_at(m, |address, width| address & !(width.bytes() - 1))),
    ("misaligned load of one word only", |m| {
        let Some((address, width, signedness)) = load(m) else { return false };
        let word = m.ram_before.word(address / 8) >> (8 * (address % 8));
        m.result(extend(word & width.mask(), width, signedness))
    }),
    ("load of the program's text", |m| read_at(m, |_, _| TEXT)),
    ("stale load", |m| {
        let ram = m.ram_at_start.clone();
        load(m).is_some_and(|it| read(m, &ram, it))
    }),
    ("load of fewer bytes", |m| {
        let Some((address, width, signedness)) = load(m) else { return false };
        let ram = m.ram_before.clone();
        width > Width::Byte && read(m, &ram, (address, Width::ALL[width as usize - 1], signedness))
    }),
    ("load of more bytes", |m| {
        let Some((address, width, signedness)) = load(m) else { return false };
        let ram = m.ram_before.clone();
        width < Width::Double && read(m, &ram, (address, Width::ALL[width as usize + 1], signedness))
    }),
    ("high bytes of a narrow load are anything", |m| {
        load(m).is_some_and(|(_, width, _)| width < Width::Double && m.result(m.rd() ^ 0x5500_0000_0000_0000))
    }),
    ("byte 4 of a narrow load is anything", |m| {
        load(m).is_some_and(|(_, width, _)| width < Width::Double && m.result(m.rd() ^ 0x11_0000_0000))
    }),
    ("memory changes by itself", |m| {
        let value = m.ram.peek(PLACE, Width::Double);
        m.ram.poke(PLACE, Width::Double, value ^ 1 << 40);
        true
    }),
    ("a load writes memory", |m| {
        let Some((address, width, _)) = load(m) else { return false };
        let value = m.ram.peek(address, width);
        m.ram.poke(address, width, value ^ 1);
        address / 8 == PLACE / 8
    }),
    ("stores another value", |m| store(m).is_some_and(|(address, width)| write(m, address, width, m.rs2() ^ 1))),
    ("stores another high byte", |m| {
        let top = |width: Width| 1 << (8 * width.bytes() - 1);
        store(m).is_some_and(|(address, width)| write(m, address, width, m.rs2() ^ top(width)))
    }),
    ("stores 0", |m| store(m).is_some_and(|(address, width)| write(m, address, width, 0))),
    ("stores the address", |m| store(m).is_some_and(|(address, width)| write(m, address, width, address))),
    ("stores to the next byte", |m| store(m).is_some_and(|(address, width)| write(m, address + 1, width, m.rs2()))),
    ("stores to the next word", |m| store(m).is_some_and(|(address, width)| write(m, address + 8, width, m.rs2()))),
    ("stores to the other half of the word", |m| {
        store(m).is_some_and(|(address, width)| width < Width::Double && write(m, address ^ 4, width, m.rs2()))
    }),
    ("misaligned store as an aligned one", |m| {
        store(m).is_some_and(|(address, width)| {
            let aligned = address & !(width.bytes() - 1);
            aligned != address && write(m, aligned, width, m.rs2())
        })
    }),
    ("stores more bytes", |m| {
        store(m).is_some_and(|(address, width)| {
            let value = m.rs2() ^ 0xa5_u64.checked_shl(8 * width.bytes() as u32).unwrap_or(0);
            let read_later = address / 8 == PLACE / 8;
            width < Width::Double && read_later && write(m, address, Width::ALL[width as usize + 1], value)
        })
    }),
    ("stores fewer bytes", |m| {
        store(m).is_some_and(|(address, width)| {
            let read_later = address / 8 == PLACE / 8;
            width > Width::Byte && read_later && write(m, address, Width::ALL[width as usize - 1], m.rs2())
        })
    }),
    ("store left out", |m| {
        let Some((address, width)) = store(m) else { return false };
        let old = m.ram_before.peek(address, width);
        write(m, address, width, old)
    }),
    ("store in two words changes only the first", |m| {
        let Some((address, width)) = store(m) else { return false };
        let second = (address / 8 + 1) * 8;
        let old = m.ram_before.peek(second, Width::Double);
        let lie = address % 8 + width.bytes() > 8 && m.ram.peek(second, Width::Double) != old;
        m.ram.poke(second, Width::Double, old);
        lie
    }),
    ("a store changes the word beside it", |m| {
        let Some((address, _)) = store(m) else { return false };
        let beside = address / 8 * 8 + 8;
        let value = m.ram.peek(beside, Width::Double);
        m.ram.poke(beside, Width::Double, value ^ 0xff00);
        address / 8 == PLACE / 8
    }),
    // Traps.
    ("store to read-only memory", |m| {
        let Some((address, width)) = store(m) else { return false };
        let traps = trapped(m, |trap| matches!(trap, Trap::StoreFault { .. }));
        traps && (0x1000..1 << 32).contains(&address) && write(m, address, width, m.rs2())
    }),
    ("amo on read-only memory", |m| {
        let Instruction::Amo { width, .. } = m.instruction() else { return false };
        let (address, value) = (m.rs1(), m.rs2() & width.mask());
        let old = m.ram_before.peek(address, width);
        m.record().access = Some(Access { address, width, read: Some(old), written: Some(value) });
        m.ram.poke(address, width, value);
        trapped(m, |_| true)
    }),
    ("access to unmapped memory", |m| {
        let (width, address) = match (load(m), store(m)) {
            (Some((address, width, _)), _) | (_, Some((address, width))) => (width, address),
            _ => return false,
        };
        let written = store(m).map(|_| m.rs2() & width.mask());
        m.record().access = Some(Access { address, width, read: Some(0), written });
        trapped(m, |trap| matches!(trap, Trap::LoadFault { .. } | Trap::StoreFault { .. }))
    }),
    ("address cut to 32 bits", |m| {
        if m.rs1() >> 32 == 0 || !trapped(m, |_| true) {
            return false;
        }
        match (load(m), store(m)) {
            (Some(_), _) => read_at(m, |address, _| address & 0xffff_ffff),
            (_, Some((address, width))) => write(m, address & 0xffff_ffff, width, m.rs2()),
            _ => false,
        }
    }),
    ("a trap is nothing", |m| trapped(m, |_| true)),
    ("ebreak is nothing", |m| m.instruction() == Instruction::Ebreak),
    ("ebreak is a fence", |m| m.instruction() == Instruction::Ebreak && openly(m, Instruction::Fence)),
    ("an unknown system call is nothing", |m| trapped(m, |trap| matches!(trap, Trap::UnknownSystemCall { .. }))),
    ("a misaligned jump goes there", |m| {
        let target = match m.instruction() {
            Instruction::Jal { offset, .. } => m.before.pc.wrapping_add(offset as u64),
            Instruction::Jalr { offset, .. } => m.rs1().wrapping_add(offset as u64) & !1,
            _ => return false,
        };
        trapped(m, |trap| matches!(trap, Trap::MisalignedJump { .. })) && m.go(target)
    }),
    ("misaligned atomic as an aligned one", |m| {
        let (Instruction::LoadReserved { width, .. } | Instruction::StoreConditional { width, .. }) = m.instruction()
        else {
            return false;
        };
        let address = m.rs1() & !(width.bytes() - 1);
        let read = Some(m.ram_before.peek(address, width));
        m.record().access = Some(Access { address, width, read, written: None });
        address != m.rs1()
    }),
    // Reservations.
    ("sc succeeds", |m| sc(m, true, true)),
    ("sc says it succeeds", |m| sc(m, true, false)),
    ("sc fails", |m| sc(m, false, false)),
    ("sc stores and says it fails", |m| sc(m, false, true)),
    ("sc keeps the reservation", |m| {
        m.after.reservation = m.before.reservation;
        matches!(m.instruction(), Instruction::StoreConditional { .. }) && m.before.reservation.is_some() && m.follows()
    }),
    ("lr reserves nothing", |m| {
        m.after.reservation = None;
        matches!(m.instruction(), Instruction::LoadReserved { .. }) && m.follows()
    }),
    ("a reservation out of nothing", |m| {
        let Instruction::StoreConditional { width, .. } = m.instruction() else { return false };
        m.after.reservation = Some(Reservation { address: m.rs1(), width });
        m.follows()
    }),
];
