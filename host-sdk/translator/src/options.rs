//! What a translation is asked.

use crate::layout::MAX_BLOCK;

/// What the native code records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The minimal trace.
    Traced,
    /// Nothing: the fastest way to an outcome.
    Untraced,
}

/// Options of the translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TranslateOptions {
    /// What the code records.
    pub mode: Mode,
    /// Longest basic block in instructions, 1 to 256. Small values exist for tests: the shorter the blocks, the more of a
    /// short chunk is executed natively.
    pub max_block: u32,
}

impl Default for TranslateOptions {
    fn default() -> TranslateOptions {
        TranslateOptions { mode: Mode::Traced, max_block: MAX_BLOCK }
    }
}
