//! Ctrl-C and SIGTERM: the first asks the run to stop, the second ends the process at once.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

use crate::exit::Exit;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From now on the first signal only sets the flag. The handler runs on a thread of its own, never inside guest code.
pub fn catch() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(Exit::Interrupted as i32);
        }
    })
    .context("cannot catch signals")
}

/// The flag, for what runs after [`catch`].
pub fn flag() -> &'static AtomicBool {
    &INTERRUPTED
}

/// Whether a signal has come.
pub fn has_come() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Makes the run stop as by a signal.
pub fn raise() {
    INTERRUPTED.store(true, Ordering::Relaxed);
}
