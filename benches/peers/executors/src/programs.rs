//! A guest, built for everyone who executes it.
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use zkvm_real_guests::{Guest, guest_elf, native};

use crate::guests;

pub struct Programs {
    pub native: PathBuf,
    pub zkvm: Vec<u8>,
    /// A peer may be unable to build a guest, which is then measured without it.
    sp1: Result<Vec<u8>>,
    polkavm: Result<Vec<u8>>,
}

impl Programs {
    pub fn build(guest: &Guest) -> Result<Self> {
        Ok(Self {
            native: native(guest)?,
            zkvm: guest_elf(guest)?,
            sp1: guests::SP1.build(guest),
            polkavm: guests::POLKAVM.build(guest),
        })
    }

    pub fn sp1(&self) -> Result<&[u8]> {
        built(&self.sp1)
    }

    pub fn polkavm(&self) -> Result<&[u8]> {
        built(&self.polkavm)
    }
}

fn built(elf: &Result<Vec<u8>>) -> Result<&[u8]> {
    elf.as_deref().map_err(|error| anyhow!("{error:#}"))
}
