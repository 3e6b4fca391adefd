//! Sizes and free space.

use std::path::Path;

use zkvm_machine::Class;

use crate::emit::options::WitnessError;
use crate::memory::operation::Operation;
use crate::table::schema::Table;

/// Bytes a file of a table takes beside its rows: schema, footer, per batch header and padding.
const TABLE_BYTES: u64 = 8 << 10;

/// Space left free for others: 64 MiB.
pub(super) const RESERVE: u64 = 64 << 20;

/// Bytes the tables of so many steps per class take at most, uncompressed, temporary files included.
pub fn forecast(steps: &[(Class, u64)]) -> u64 {
    let fixed = Table::all().count() as u64 * TABLE_BYTES;
    steps.iter().map(|&(class, steps)| steps * class_bytes(class)).sum::<u64>() + fixed
}

/// Bytes the tables of so many steps take at most, whatever the steps are.
pub fn forecast_at_most(steps: u64) -> u64 {
    let most = Class::ALL.into_iter().map(class_bytes).max().unwrap_or(0);
    forecast(&[]).saturating_add(steps.saturating_mul(most))
}

/// Bytes of a step of `class`: its row, its memory operations while sorted and as rows, and as many boundary rows.
fn class_bytes(class: Class) -> u64 {
    let operations = match class {
        Class::MisalignedLoad | Class::MisalignedStore => 2,
        class if class.accesses_memory() => 1,
        _ => 0,
    };
    let operation_bytes = Operation::BYTES as u64 + memory_bytes(1) + Table::MemoryBoundary.row_bytes();
    // Arrow pads columns to 64 bytes per batch, and adds a header: well under one per cent.
    let rows = Table::Steps(class).row_bytes() + operations * operation_bytes;
    rows + rows / 100 + 1
}

/// Bytes `operations` take in the memory table.
pub(super) fn memory_bytes(operations: u64) -> u64 {
    operations * Table::Memory.row_bytes()
}

/// Fails unless `needed` bytes are free at `path`, and a reserve beside them.
pub(super) fn require(path: &Path, needed: u64) -> Result<(), WitnessError> {
    let available = fs4::available_space(path).map_err(|source| WitnessError::Io { path: path.to_owned(), source })?;
    if needed.saturating_add(RESERVE) > available {
        return Err(WitnessError::DiskTooSmall { needed, available, path: path.to_owned() });
    }
    Ok(())
}

/// The error for a failed write at `path`: a full disk has its own.
pub(super) fn failed_write(path: &Path, source: std::io::Error) -> WitnessError {
    let path = path.to_owned();
    match source.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            let available = fs4::available_space(&path).unwrap_or(0);
            WitnessError::DiskTooSmall { needed: RESERVE, available, path }
        }
        _ => WitnessError::Io { path, source },
    }
}
