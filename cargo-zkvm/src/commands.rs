//! One module per command.

pub mod build;
pub mod check;
pub mod clean;
pub mod completions;
pub mod doctor;
pub mod inspect;
pub mod key;
pub mod new;
pub mod prove;
pub mod rom_setup;
pub mod run;
pub mod toolchain;
pub mod verify;
