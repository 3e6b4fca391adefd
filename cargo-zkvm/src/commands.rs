//! One module per command.

pub mod build;
pub mod clean;
pub mod completions;
pub mod doctor;
pub mod new;
pub mod rom_setup;
pub mod run;
pub mod toolchain;
