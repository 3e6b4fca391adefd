//! The soundness suite: everything true can be proved, nothing else. Run it with `--release`.

mod flips;
mod guest;
mod isa;
mod lies;
mod mutations;
