//! The check of a witness from its files alone.

mod chain;
mod compare;
mod cursor;
mod error;
mod files;
mod memory;
mod rows;

use std::path::Path;

use crate::code::Code;
use crate::memory::sorter::Sorter;
use crate::replay::{continues, ends_so};
use crate::table::memory::CountRows;
use crate::table::schema::Table;
use chain::{Chain, ChainEnd};
use compare::Comparison;
use cursor::check_order;
pub use error::{CheckError, CheckOptions, CheckReport, NotChecked};
use files::Witness;

/// Checks the witness in `directory`: checksums; every row against the reference semantics; the sequence of steps and the
/// values of registers; the history of every word of memory and that it is that of the steps; boundary, counts, outcome
/// and public output. Of a partial witness what is there is checked, and the report says what is not.
///
/// # Errors
/// [`CheckError`] names the first wrong row found.
pub fn check(directory: &Path, options: &CheckOptions) -> Result<CheckReport, CheckError> {
    let witness = files::open(directory, options)?;
    let code = Code::new(&witness.program);
    let mut not_checked: Vec<NotChecked> =
        Table::all().filter(|&table| witness.rows(table).is_none()).map(NotChecked::Table).collect();
    if witness.start.step > 0 {
        not_checked.push(NotChecked::Start { step: witness.start.step });
    }
    if witness.end.step < witness.manifest.steps {
        not_checked.push(NotChecked::End { step: witness.end.step });
    }
    rows::check_rows(&witness, &code)?;
    let is_whole_run = witness.start.step == 0 && witness.end.step == witness.manifest.steps;
    let memory = witness.rows(Table::Memory);
    if witness.has_all_steps() {
        check_chain(&witness, &code, is_whole_run, options, &mut not_checked)?;
    } else {
        check_order(&witness)?;
        not_checked.extend([NotChecked::Registers, NotChecked::Counts]);
        not_checked.push(if memory.is_some() { NotChecked::Accesses } else { NotChecked::Memory });
    }
    // Last, because the comparison with the steps names the wrong row more precisely.
    if let Some(rows) = memory {
        memory::against_itself(&witness, rows)?;
    }
    let tables = Table::all().filter_map(|table| Some((table, witness.rows(table)?))).collect();
    let (program, outcome, steps) = (witness.program.id(), witness.outcome, witness.manifest.steps);
    Ok(CheckReport { program, outcome, steps, tables, not_checked })
}

/// What takes all step tables.
fn check_chain(
    witness: &Witness<'_>,
    code: &Code,
    is_whole_run: bool,
    options: &CheckOptions,
    not_checked: &mut Vec<NotChecked>,
) -> Result<(), CheckError> {
    let scratch = options.scratch.clone().unwrap_or_else(std::env::temp_dir);
    let sorter = is_whole_run.then(|| Sorter::new(&scratch));
    let ChainEnd { counts, sorter, end, exit } = Chain::new(witness, code, sorter)?.run()?;
    let next_chunk = witness.manifest.chunks.last().map_or(0, |chunk| chunk.index + 1);
    continues(next_chunk, &end, &witness.end)?;
    if end.step == witness.manifest.steps {
        ends_so(&witness.program, &end, exit, &witness.outcome)?;
    } else if exit.is_some() {
        return Err(CheckError::ExitInside { step: end.step - 1, pc: end.state.pc.wrapping_sub(4) });
    }
    if let Some(mut comparison) = Comparison::open(witness, Table::Counts)? {
        comparison.expect(&CountRows::new(code.addresses(), &counts).columns())?;
        comparison.finish()?;
    }
    match sorter {
        Some(sorter) => memory::against_steps(witness, sorter),
        None => {
            not_checked.push(NotChecked::Memory);
            Ok(())
        }
    }
}
