//! Arguments, environment and seed: parts of the input region, or Linux's initial stack.

use core::ffi::CStr;
use core::slice;
use core::sync::atomic::Ordering::Relaxed;

use zkvm_abi::{INPUT as INPUT_REGION, SEED_BYTES};

use crate::start::{ENTRY_STACK, INPUT};
use crate::system;

/// Number of arguments, the program's name (the first one) included.
pub fn argument_count() -> usize {
    match Fields::after_input() {
        Some(mut fields) => fields.number(),
        // SAFETY: Linux puts the number of arguments at the stack pointer.
        None => unsafe { *linux_stack() },
    }
}

/// Argument `index`, `None` past the last.
pub fn argument(index: usize) -> Option<&'static [u8]> {
    if index >= argument_count() {
        return None;
    }
    match Fields::after_input() {
        Some(mut fields) => {
            fields.number();
            (0..=index).map(|_| fields.bytes()).last()
        }
        // SAFETY: the arguments follow their number, and `index` is below that.
        None => Some(unsafe { c_string(*linux_stack().add(1 + index)) }),
    }
}

/// The value of the first environment entry called `name`.
pub fn variable(name: &[u8]) -> Option<&'static [u8]> {
    let value_of = |entry: &'static [u8]| entry.strip_prefix(name)?.strip_prefix(b"=");
    match Fields::after_input() {
        Some(mut fields) => {
            fields.skip_list();
            (0..fields.number()).find_map(|_| value_of(fields.bytes()))
        }
        None => {
            // SAFETY: the environment follows the arguments and their null pointer, and ends with one.
            let mut entry = unsafe { linux_stack().add(2 + argument_count()) };
            // SAFETY: as above; the loop ends at the null pointer.
            unsafe {
                while *entry != 0 {
                    if let Some(value) = value_of(c_string(*entry)) {
                        return Some(value);
                    }
                    entry = entry.add(1);
                }
            }
            None
        }
    }
}

/// The seed of all randomness; zero under Linux, so that runs can be repeated there too.
pub fn seed() -> [u8; SEED_BYTES] {
    let Some(mut fields) = Fields::after_input() else { return [0; SEED_BYTES] };
    fields.skip_list();
    fields.skip_list();
    // SAFETY: the seed is the last field of the region.
    unsafe { fields.next.cast::<[u8; SEED_BYTES]>().read() }
}

fn linux_stack() -> *const usize {
    ENTRY_STACK.load(Relaxed) as *const usize
}

/// # Safety
/// `address` must be that of a NUL-terminated string which is never written.
unsafe fn c_string(address: usize) -> &'static [u8] {
    // SAFETY: as promised by the caller.
    unsafe { CStr::from_ptr(address as *const _) }.to_bytes()
}

/// Reads the input region field by field, as laid out in `zkvm_abi::INPUT`. A prover chooses what it holds, so every length is an
/// allegation: a field that does not fit into the region ends the guest.
struct Fields {
    next: *const u8,
}

impl Fields {
    /// At the number of arguments. `None` under Linux.
    fn after_input() -> Option<Self> {
        let start = INPUT.load(Relaxed);
        if start == 0 {
            return None;
        }
        let mut fields = Self { next: start as *const u8 };
        fields.bytes();
        Some(fields)
    }

    fn number(&mut self) -> usize {
        self.require(size_of::<usize>());
        // SAFETY: `next` is at a field of the region, all fields begin with a word, and a word fits.
        unsafe {
            let number = self.next.cast::<usize>().read();
            self.next = self.next.add(size_of::<usize>());
            number
        }
    }

    fn bytes(&mut self) -> &'static [u8] {
        let length = self.number();
        let padded = length.checked_next_multiple_of(size_of::<usize>()).unwrap_or(usize::MAX);
        self.require(padded);
        // SAFETY: the bytes follow their length and fit; the region is never written while the guest runs.
        unsafe {
            let bytes = slice::from_raw_parts(self.next, length);
            self.next = self.next.add(padded);
            bytes
        }
    }

    /// Ends the guest unless `bytes` more bytes lie in the region.
    fn require(&self, bytes: usize) {
        if bytes as u64 > INPUT_REGION.end - self.next as u64 {
            system::fail("a field of the input region does not fit into it\n");
        }
    }

    fn skip_list(&mut self) {
        for _ in 0..self.number() {
            self.bytes();
        }
    }
}
