//! The soundness suite: what is true can be proved, and nothing else. Run it with `--release`.
#![allow(clippy::print_stdout, reason = "how much has been tried is part of the result")]

mod flips;
mod guest;
mod isa;
mod lies;
mod mutations;
mod named;
mod shapes;
