//! Real programs, end to end: the same source run natively, as a guest in every engine, by qemu, and replayed.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

/// Calls `$check` of the module for every guest: a test for each line.
macro_rules! guests {
    ($check:ident) => {
        guests! {
            $check,
            simple_loops: "loop" "fib" "matrix" "bytecode";
            hashes: "sha256" "keccak";
            collections: "sort" "async-dyn";
            signatures: "ecdsa";
            big_numbers: "bignum";
            json: "json";
            regular_expressions: "regex";
            compression: "inflate";
            webassembly: "wasm";
            ethereum: "revm";
            c: "c-program";
            panics: "panic";
            without_std: "nostd";
        }
    };
    ($check:ident, $($test:ident: $($name:literal)*;)*) => {
        $(#[test]
        fn $test() {
            for guest in zkvm_real_guests::select(&[$($name.to_owned()),*]).unwrap() {
                $check(&guest);
            }
        })*

        #[test]
        fn every_guest_is_tested() {
            let tested = [$($($name),*),*];
            let missing: Vec<_> = zkvm_real_guests::select(&[]).unwrap().into_iter().map(|guest| guest.name).collect();
            let missing: Vec<_> = missing.iter().filter(|name| !tested.contains(&name.as_str())).collect();
            assert!(missing.is_empty(), "{missing:?}");
        }
    };
}

mod agree;
mod outside;
mod proved;
