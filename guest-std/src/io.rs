//! Input and public output, raw and as values in the `postcard` format.

use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use serde::{Deserialize, Serialize};

use crate::platform;

/// Bytes of the input that [`read`] has consumed.
static POSITION: AtomicUsize = AtomicUsize::new(0);

/// The next bytes of the input are no value of the type asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// Where the value begins.
    pub offset: usize,
    /// What is wrong with it.
    pub cause: postcard::Error,
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed input at byte {}: {}", self.offset, self.cause)
    }
}

impl core::error::Error for InputError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// The whole input, not copied. Independent of [`read`].
pub fn read_input() -> &'static [u8] {
    platform::read_input()
}

/// Appends bytes to the public output.
pub fn write_output(bytes: &[u8]) {
    platform::write_output(bytes);
}

/// The next value of the input. Byte slices and strings can be borrowed from it: `read::<&[u8]>()` copies nothing.
///
/// # Panics
/// If the input is malformed or used up.
#[track_caller]
pub fn read<T: Deserialize<'static>>() -> T {
    match try_read() {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

/// The next value of the input.
///
/// # Errors
/// If the input is malformed or used up. The position stays.
pub fn try_read<T: Deserialize<'static>>() -> Result<T, InputError> {
    let input = read_input();
    let offset = POSITION.load(Relaxed);
    let (value, rest) = postcard::take_from_bytes(&input[offset..]).map_err(|cause| InputError { offset, cause })?;
    POSITION.store(input.len() - rest.len(), Relaxed);
    Ok(value)
}

/// Appends a value to the public output.
///
/// # Panics
/// If the value's own `Serialize` fails or does not know its length.
#[track_caller]
pub fn commit<T: Serialize + ?Sized>(value: &T) {
    match postcard::to_allocvec(value) {
        Ok(bytes) => write_output(&bytes),
        Err(error) => panic!("value cannot be committed: {error}"),
    }
}
