//! What a translation is asked.

use crate::layout::{MAX_BLOCK, REPLAY_MAX_BLOCK};

/// What the native code records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The minimal trace.
    Traced,
    /// Nothing: the fastest way to an outcome.
    Untraced,
    /// Nothing of a run: it replays chunks of a trace and writes their rows.
    Replay,
}

/// Which code has a register map of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MapChoice {
    /// Loops without calls.
    #[default]
    Loops,
    /// None: one map for the program. To see whether a fault has to do with the others.
    Common,
    /// Every block, chosen without sense: for tests of the moves between them.
    Scattered,
}

/// Options of the translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TranslateOptions {
    /// What the code records.
    pub mode: Mode,
    /// Longest basic block in instructions, 1 to 256. Small values exist for tests: the shorter the blocks, the more of a
    /// short chunk is executed natively.
    pub max_block: u32,
    /// Which code has a register map of its own.
    pub maps: MapChoice,
}

impl TranslateOptions {
    pub(crate) fn longest_block(&self) -> u32 {
        self.max_block.clamp(1, if self.mode == Mode::Replay { REPLAY_MAX_BLOCK } else { MAX_BLOCK })
    }
}

impl Default for TranslateOptions {
    fn default() -> TranslateOptions {
        TranslateOptions { mode: Mode::Traced, max_block: MAX_BLOCK, maps: MapChoice::Loops }
    }
}
