//! The translated program.

use zkvm_machine::Program;

/// Why a Rom cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RomError {
    /// The file is no Rom.
    #[error("not a Rom file")]
    NotARom,
}

/// A translated program: native code and its tables.
#[derive(Debug)]
pub struct Rom {
    code: Vec<u8>,
}

/// Options of the translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TranslateOptions {
    /// Longest basic block in instructions. Small values exist for tests.
    pub max_block: u32,
}

impl Rom {
    /// Translates `program`.
    pub fn translate(program: &Program, options: &TranslateOptions) -> Result<Rom, RomError> {
        let _ = (program, options);
        Ok(Rom { code: Vec::new() })
    }

    /// The bytes of a Rom file.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.code.clone()
    }

    /// Reads a Rom file that was made from `program` with `options` by this very version of the tool.
    pub fn from_bytes(file: &[u8], program: &Program, options: &TranslateOptions) -> Result<Rom, RomError> {
        let _ = (program, options);
        Ok(Rom { code: file.to_vec() })
    }
}
