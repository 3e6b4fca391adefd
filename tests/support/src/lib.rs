//! For tests: an instruction encoder, a builder of small ELF files, and a generator of random programs.

mod elf;
mod encode;
mod programs;

pub use elf::{DATA, ElfBuilder, TEXT};
pub use encode::encode;
pub use programs::{DATA_BYTES, EDGES, exit_with, load_constant, random_printing_program, random_program};
