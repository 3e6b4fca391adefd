//! The sequence of steps: all step tables merged by step. Every step is there once, starts where the one before went, and
//! reads what was last written to its registers. That the rows compute what they should is checked elsewhere.

use zkvm_machine::{Access, Class, Instruction, Reg, Reservation, Width};
use zkvm_trace::RegisterCheckpoint;

use crate::check::cursor::Cursor;
use crate::check::error::CheckError;
use crate::check::files::Witness;
use crate::code::{Code, Slot};
use crate::manifest::{ChunkRecord, checkpoint_hash, from_hex};
use crate::memory::operation::{Operation, operations};
use crate::memory::sorter::Sorter;
use crate::table::schema::{Field, Table};

/// Operations passed to the sorter at a time.
const PIECE: usize = 1 << 14;

pub(super) struct Chain<'w> {
    witness: &'w Witness<'w>,
    code: &'w Code,
    cursors: Vec<Cursor>,
    at: RegisterCheckpoint,
    sorter: Option<Sorter>,
    pending: Vec<Operation>,
    counts: Vec<u64>,
    exit: Option<u32>,
}

/// What the steps amount to.
pub(super) struct ChainEnd {
    pub counts: Vec<u64>,
    pub sorter: Option<Sorter>,
    pub end: RegisterCheckpoint,
    /// Exit code, if the last step is an `exit`.
    pub exit: Option<u32>,
}

impl<'w> Chain<'w> {
    /// A chain over all step tables of `witness`, which must be there; accesses go to `sorter`.
    pub(super) fn new(
        witness: &'w Witness<'w>,
        code: &'w Code,
        sorter: Option<Sorter>,
    ) -> Result<Chain<'w>, CheckError> {
        let cursors = Class::ALL.into_iter().map(|class| Cursor::open(witness, class)).collect::<Result<_, _>>()?;
        let (at, counts) = (witness.start.clone(), vec![0; code.len()]);
        Ok(Chain { witness, code, cursors, at, sorter, pending: Vec::new(), counts, exit: None })
    }

    pub(super) fn run(mut self) -> Result<ChainEnd, CheckError> {
        for chunk in &self.witness.manifest.chunks {
            self.chunk(chunk)?;
        }
        if let Some(extra) = self.cursors.iter().find(|cursor| cursor.next < cursor.total) {
            return Err(CheckError::ExtraRow { table: Table::Steps(extra.class), row: extra.next });
        }
        self.flush()?;
        Ok(ChainEnd { counts: self.counts, sorter: self.sorter, end: self.at, exit: self.exit })
    }

    fn chunk(&mut self, chunk: &ChunkRecord) -> Result<(), CheckError> {
        let wrong = |field| Err(CheckError::Chunk { chunk: chunk.index, field });
        if from_hex(&chunk.pc) != Some(self.at.state.pc) {
            return wrong("pc");
        }
        if checkpoint_hash(self.at.step, &self.at.state) != chunk.checkpoint {
            return wrong("checkpoint");
        }
        let before: Vec<u64> = self.cursors.iter().map(|cursor| cursor.next).collect();
        for _ in 0..chunk.steps {
            self.step()?;
        }
        let rows = self.cursors.iter().zip(before).map(|(cursor, before)| cursor.next - before);
        if !rows.eq(chunk.rows.iter().copied()) {
            return wrong("number of rows");
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), CheckError> {
        let (step, pc) = (self.at.step, self.at.state.pc);
        if self.exit.is_some() {
            return Err(CheckError::ExitInside { step: step - 1, pc: pc.wrapping_sub(4) });
        }
        let found = self.code.at(pc).filter(|_| pc.is_multiple_of(4));
        let Some((number, slot, class)) = found.and_then(|(number, slot)| Some((number, slot, slot.class?))) else {
            return Err(CheckError::NoInstruction { step, pc });
        };
        let address = self.at.state.x[usize::from(slot.rs1)].wrapping_add(slot.immediate as u64);
        let class = class.at_address(address, slot.bytes.into());
        let cursor = &self.cursors[class as usize];
        let Some(actual) = cursor.step() else {
            return Err(CheckError::MissingRow { table: Table::Steps(class), row: cursor.next, step: Some(step) });
        };
        if actual != step {
            return Err(cursor.wrong(Field::Step, step, actual));
        }
        let row = cursor.row();
        if u64::from(cursor.rows.pc[row]) != pc {
            return Err(cursor.wrong(Field::Pc, pc, cursor.rows.pc[row].into()));
        }
        self.registers(class, slot)?;
        if class.accesses_memory() {
            self.memory(class, pc)?;
        }
        self.counts[number] += 1;
        let cursor = &mut self.cursors[class as usize];
        self.at.state.pc = cursor.rows.next_pc.get(row).copied().unwrap_or(pc + 4);
        self.at.step += 1;
        cursor.next += 1;
        cursor.fill()
    }

    /// Checks what the next row of `class` reads and takes over what it writes.
    fn registers(&mut self, class: Class, slot: &Slot) -> Result<(), CheckError> {
        let cursor = &self.cursors[class as usize];
        let x = &mut self.at.state.x;
        let (rs1, rs2, rd) = match class {
            Class::Ecall => (Reg::A0.index(), Reg::A2.index(), Reg::A0.index()),
            _ => (slot.rs1.into(), slot.rs2.into(), slot.rd.into()),
        };
        cursor.expect(Field::Rs1Value, &cursor.rows.rs1_value, x[rs1])?;
        cursor.expect(Field::Rs2Value, &cursor.rows.rs2_value, x[rs2])?;
        if class == Class::Ecall {
            cursor.expect(Field::Number, &cursor.rows.number, x[Reg::A7.index()])?;
            if x[Reg::A7.index()] == zkvm_abi::system_call::EXIT {
                self.exit = Some(x[Reg::A0.index()] as u32);
            }
        }
        if let Some(&value) = cursor.rows.rd_value.get(cursor.row())
            && rd != 0
        {
            x[rd] = value;
        }
        Ok(())
    }

    /// Takes note of the next row's accesses and checks the reservation.
    fn memory(&mut self, class: Class, pc: u64) -> Result<(), CheckError> {
        let cursor = &self.cursors[class as usize];
        let row = cursor.row();
        let cell = |values: &[u64]| values.get(row).copied().unwrap_or(0);
        let (read, written) = (Some(cell(&cursor.rows.read_value)), Some(cell(&cursor.rows.written_value)));
        let address = cursor.rows.address.get(row).map_or_else(|| cell(&cursor.rows.rs1_value), |&at| at.into());
        let fetched = self.witness.program.fetch(pc).ok();
        let access = |width: Width, read, written| Some(Access { address, width, read, written });
        let access = match fetched.unwrap_or(Instruction::Fence) {
            Instruction::Load { width, .. } => access(width, read, None),
            Instruction::Store { width, .. } => access(width, None, written),
            Instruction::Amo { width, .. } => access(width, read, written),
            Instruction::LoadReserved { width, .. } => {
                self.at.state.reservation = Some(Reservation { address, width });
                access(width, read, None)
            }
            Instruction::StoreConditional { width, .. } => {
                let held = self.at.state.reservation.take() == Some(Reservation { address, width });
                cursor.expect(Field::RdValue, &cursor.rows.rd_value, u64::from(!held))?;
                if held { access(width, None, written) } else { None }
            }
            _ => None,
        };
        if let Some(access) = access
            && self.sorter.is_some()
        {
            let (first, second) = operations(self.at.step, &access);
            self.pending.push(first);
            self.pending.extend(second);
            if self.pending.len() >= PIECE {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), CheckError> {
        if let Some(sorter) = &mut self.sorter {
            let pushed = sorter.push(&self.pending);
            pushed.map_err(|source| CheckError::Io { path: self.witness.directory.to_owned(), source })?;
        }
        self.pending.clear();
        Ok(())
    }
}
