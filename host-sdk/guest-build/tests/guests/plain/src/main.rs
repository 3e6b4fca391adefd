//! As `cargo new` makes it: no dependency, no attribute. The first argument says which part of `std` is tried.
use std::collections::HashMap;
use std::hint::black_box;
use std::io::{Read, stdin};
use std::{env, process};

unsafe extern "C" {
    fn sys_rand(out: *mut u32, words: usize);
}

fn main() {
    match env::args().nth(1).as_deref() {
        Some("words") => words(),
        Some("random") => random(),
        Some("exit") => process::exit(7),
        Some("abort") => process::abort(),
        Some("overflow") => println!("{}", depth(&mut [0; 64])),
        Some("exhaust") => exhaust(),
        Some("reuse") => reuse(),
        _ => panic!("no such part: {:?}", env::args().collect::<Vec<_>>()),
    }
}

/// Standard input, a hash map, the environment, and printing.
fn words() {
    let mut text = String::new();
    stdin().read_to_string(&mut text).expect("the input is text");
    let mut counts: HashMap<&str, usize> = HashMap::new();
    text.split_whitespace().for_each(|word| *counts.entry(word).or_default() += 1);
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort();
    println!("{counts:?} {:?} {:?}", env::var("GREETING").ok(), env::var("NONE").ok());
}

fn random() {
    let mut block = [0_u32; 16];
    // SAFETY: the array has that many words.
    unsafe { sys_rand(block.as_mut_ptr(), block.len()) };
    block.iter().flat_map(|word| word.to_le_bytes()).for_each(|byte| print!("{byte:02x}"));
    println!();
}

#[expect(unconditional_recursion)]
fn depth(above: &mut [u64; 64]) -> u64 {
    let mut below = black_box([above[0] + 1; 64]);
    depth(&mut below) + below[63]
}

/// Takes memory until there is none.
fn exhaust() {
    let mut blocks = Vec::new();
    loop {
        blocks.push(Vec::<u8>::with_capacity(1 << 26));
    }
}

/// Takes and gives back far more than the heap holds, small blocks and large ones.
fn reuse() {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    for round in 0..400_usize {
        let mut block = Vec::with_capacity(1 << 22);
        block.push(round as u8);
        kept.push(block);
        kept.push(vec![round as u8; round]);
        if kept.len() > 20 {
            kept.swap_remove(round % 20);
            kept.swap_remove(0);
        }
    }
    println!("{}", kept.len());
}
