//! Natively: input from standard input or a file, output to a file, scopes do nothing. The same C symbols as in the
//! guest, so that C guests run natively too.

extern crate std;

use core::fmt;
use std::fs::{self, File};
use std::io::{Read, Write, stdin};
use std::sync::{Mutex, OnceLock};
use std::vec::Vec;
use std::{env, process};

/// Names the file that is the input, instead of standard input.
const INPUT: &str = "ZKVM_INPUT";
/// Names the file that public output goes to; without it output is dropped.
const OUTPUT: &str = "ZKVM_OUTPUT";

pub fn read_input() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| match env::var_os(INPUT) {
        Some(file) => fs::read(&file).unwrap_or_else(|error| panic!("cannot read {INPUT}={}: {error}", file.display())),
        None => {
            let mut bytes = Vec::new();
            stdin().read_to_end(&mut bytes).unwrap_or_else(|error| panic!("cannot read standard input: {error}"));
            bytes
        }
    })
}

pub fn write_output(bytes: &[u8]) {
    static FILE: OnceLock<Option<Mutex<File>>> = OnceLock::new();
    let open = || {
        let name = env::var_os(OUTPUT)?;
        let file =
            File::create(&name).unwrap_or_else(|error| panic!("cannot write {OUTPUT}={}: {error}", name.display()));
        Some(Mutex::new(file))
    };
    if let Some(file) = FILE.get_or_init(open) {
        let mut file = file.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        file.write_all(bytes).unwrap_or_else(|error| panic!("cannot write {OUTPUT}: {error}"));
    }
}

pub fn exit(code: i32) -> ! {
    process::exit(code)
}

pub fn scope_begin(_name: &str) {}

pub fn scope_end(_name: &str) {}

/// Behind `debug!`.
pub fn print(text: fmt::Arguments<'_>) {
    std::print!("{text}");
}

/// Never called: `std` has the panic handler here.
pub fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    std::eprintln!("{info}");
    process::abort()
}

mod c {
    //! `zkvm.h`.

    use core::slice;

    #[unsafe(no_mangle)]
    unsafe extern "C" fn read_input(buffer: *mut *const u8, size: *mut usize) {
        let input = super::read_input();
        // SAFETY: the caller's pointers are writable.
        unsafe {
            buffer.write(input.as_ptr());
            size.write(input.len());
        }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn write_output(output: *const u8, size: usize) {
        if size != 0 {
            // SAFETY: the caller's bytes are readable.
            super::write_output(unsafe { slice::from_raw_parts(output, size) });
        }
    }

    #[unsafe(no_mangle)]
    extern "C" fn zkvm_exit(code: i32) -> ! {
        super::exit(code)
    }

    #[unsafe(no_mangle)]
    extern "C" fn zkvm_abort() -> ! {
        super::process::abort()
    }
}
