//! Every row of the step tables against the reference semantics: the row is computed anew from its operands and compared.

use rayon::prelude::*;
use zkvm_machine::{
    Class, Instruction, MachineState, Memory, Permissions, Program, Reg, Reservation, Trap, Width, step,
};

use crate::check::error::CheckError;
use crate::check::files::Witness;
use crate::code::Code;
use crate::table::columns::first_difference;
use crate::table::reader::{TableReader, columns};
use crate::table::schema::{BATCH_ROWS, Field, Table};
use crate::table::steps::StepRows;

/// Batches checked by one task: enough to make opening the file cheap.
const PIECE_BATCHES: usize = 16;

/// Checks all rows of all step tables that are there; the error is that of the first wrong row of the first wrong table.
pub(super) fn check_rows(witness: &Witness<'_>, code: &Code) -> Result<(), CheckError> {
    let mut pieces = Vec::new();
    for class in Class::ALL {
        if let Some(rows) = witness.rows(Table::Steps(class)) {
            // Opening checks schema and number of batches, also of a table without rows.
            open(witness, class, rows)?;
            let batches = rows.div_ceil(BATCH_ROWS as u64) as usize;
            let starts = (0..batches).step_by(PIECE_BATCHES);
            pieces.extend(starts.map(|start| (class, rows, start..batches.min(start + PIECE_BATCHES))));
        }
    }
    let wrong = pieces.par_iter().find_map_first(|(class, rows, batches)| {
        let mut reader = match open(witness, *class, *rows) {
            Ok(reader) => reader,
            Err(error) => return Some(error),
        };
        batches.clone().find_map(|batch| check_batch(witness, code, *class, &mut reader, batch).err())
    });
    wrong.map_or(Ok(()), Err)
}

fn open(witness: &Witness<'_>, class: Class, rows: u64) -> Result<TableReader, CheckError> {
    let table = Table::Steps(class);
    TableReader::open(witness.directory, table, rows).map_err(|source| CheckError::Table { table, source })
}

/// Batch number `index` of the table of `class`, as rows.
pub(super) fn read_steps(
    reader: &mut TableReader,
    class: Class,
    index: usize,
    rows: &mut StepRows,
) -> Result<(), CheckError> {
    let failed = |source| CheckError::Table { table: Table::Steps(class), source };
    let batch = reader.batch(index).map_err(failed)?;
    rows.clear(class);
    for (&field, values) in Field::of(class).iter().zip(columns(&batch).map_err(failed)?) {
        rows.column_mut(field).extend(values);
    }
    Ok(())
}

fn check_batch(
    witness: &Witness<'_>,
    code: &Code,
    class: Class,
    reader: &mut TableReader,
    batch: usize,
) -> Result<(), CheckError> {
    let table = Table::Steps(class);
    let (mut actual, mut expected) = (StepRows::default(), StepRows::default());
    read_steps(reader, class, batch, &mut actual)?;
    let mut machine = RowMachine::new(&witness.program, code);
    let first = (batch * BATCH_ROWS) as u64;
    let failed = (0..actual.len()).find_map(|row| machine.push(class, &actual, row, &mut expected).err());
    if let Some(difference) = first_difference(&actual.columns(class), &expected.columns(class)) {
        return Err(CheckError::Cell {
            table,
            row: first + difference.row as u64,
            step: Some(actual.step[difference.row]),
            column: Field::of(class)[difference.column].column().name,
            expected: difference.expected,
            actual: difference.actual,
        });
    }
    // Rows before the one that cannot be executed are right.
    let (row, step) = (first + expected.len() as u64, actual.step.get(expected.len()).copied().unwrap_or(0));
    match failed {
        None => Ok(()),
        Some(RowFailure::Trap(trap)) => Err(CheckError::Trap { table, row, step, trap }),
        Some(RowFailure::Class(class)) => Err(CheckError::Class { table, row, step, class }),
    }
}

enum RowFailure {
    Trap(Trap),
    Class(Class),
}

/// Executes single rows.
struct RowMachine<'w> {
    program: &'w Program,
    code: &'w Code,
    /// Registers a row does not read hold leftovers of earlier rows.
    state: MachineState,
}

impl<'w> RowMachine<'w> {
    fn new(program: &'w Program, code: &'w Code) -> RowMachine<'w> {
        RowMachine { program, code, state: MachineState::at_entry(program.entry()) }
    }

    /// Appends to `expected` what row `row` of `actual` should be, given its step, pc and operands.
    fn push(&mut self, class: Class, actual: &StepRows, row: usize, expected: &mut StepRows) -> Result<(), RowFailure> {
        let pc = actual.pc[row].into();
        let instruction = self.program.fetch(pc).map_err(RowFailure::Trap)?;
        let cell = |values: &[u64]| values.get(row).copied().unwrap_or(0);
        self.state.pc = pc;
        let (rs1, rs2) = if class == Class::Ecall { (Reg::A0, Reg::A2) } else { instruction.sources() };
        self.set(rs1, cell(&actual.rs1_value));
        self.set(rs2, cell(&actual.rs2_value));
        if class == Class::Ecall {
            self.set(Reg::A7, cell(&actual.number));
        }
        self.state.reservation = match instruction {
            // Whether it was held is checked with the sequence of steps; here it is what the result says.
            Instruction::StoreConditional { width, .. } if cell(&actual.rd_value) == 0 => {
                Some(Reservation { address: cell(&actual.rs1_value), width })
            }
            _ => None,
        };
        let mut memory = RowMemory { permissions: self.program.permissions(), value: cell(&actual.read_value) };
        let record = step(&mut self.state, instruction, &mut memory).map_err(RowFailure::Trap)?;
        let (_, slot) = self.code.at(pc).expect("only what is fetched is executed");
        let found = slot.class.expect("`ebreak` is never executed").of_step(&record);
        if found != class {
            return Err(RowFailure::Class(found));
        }
        expected.push(class, actual.step[row], slot, &record);
        Ok(())
    }

    fn set(&mut self, reg: Reg, value: u64) {
        if reg != Reg::ZERO {
            self.state.x[reg.index()] = value;
        }
    }
}

/// Memory that holds one value everywhere.
struct RowMemory<'w> {
    permissions: &'w Permissions,
    value: u64,
}

impl Memory for RowMemory<'_> {
    type Fault = Trap;

    fn load(&mut self, address: u64, width: Width) -> Result<u64, Trap> {
        self.permissions.check_load(address, width)?;
        Ok(self.value & width.mask())
    }

    fn store(&mut self, address: u64, width: Width, _: u64) -> Result<(), Trap> {
        self.permissions.check_store(address, width)
    }

    fn check_store(&mut self, address: u64, width: Width) -> Result<(), Trap> {
        self.permissions.check_store(address, width)
    }
}
