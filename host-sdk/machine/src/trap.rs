//! Ways a guest ends.

use crate::instruction::Width;

/// Why an instruction could not be executed. The machine's state is the one before that instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trap {
    /// The word at pc is no instruction of RV64IMA.
    #[error("illegal instruction {word:#010x}")]
    IllegalInstruction {
        /// The word.
        word: u32,
    },
    /// pc lies outside executable memory.
    #[error("jump to {address:#x}, which is not executable memory")]
    FetchFault {
        /// The pc.
        address: u64,
    },
    /// A taken jump or branch to an address that is no multiple of 4.
    #[error("jump to {target:#x}, which is not a multiple of 4")]
    MisalignedJump {
        /// The target.
        target: u64,
    },
    /// A load touches a byte that is not mapped.
    #[error("load of {} bytes at {address:#x}, which is not mapped", width.bytes())]
    LoadFault {
        /// First byte of the access, all 64 bits.
        address: u64,
        /// Its width.
        width: Width,
    },
    /// A store (or `sc`, AMO) touches a byte that is not mapped or is read-only.
    #[error("store of {} bytes at {address:#x}, which is not writable memory", width.bytes())]
    StoreFault {
        /// First byte of the access, all 64 bits.
        address: u64,
        /// Its width.
        width: Width,
    },
    /// `lr`, `sc` or an AMO at an address that is no multiple of its width.
    #[error("atomic access of {} bytes at {address:#x}, which is misaligned", width.bytes())]
    MisalignedAtomic {
        /// The address.
        address: u64,
        /// Its width.
        width: Width,
    },
    /// `ebreak`; guests built with the guest standard library end this way when they panic.
    #[error("breakpoint (a panic or abort)")]
    Breakpoint,
    /// `ecall` with a number in `a7` that is neither `write` nor `exit`.
    #[error("unknown system call {number}")]
    UnknownSystemCall {
        /// `a7`.
        number: u64,
    },
}

/// How a guest ended. It is data, never an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// By the system call `exit`.
    Halted {
        /// Low 32 bits of `a0`.
        exit_code: u32,
    },
    /// By an instruction that could not be executed.
    Trapped {
        /// Its address.
        pc: u64,
        /// Why.
        trap: Trap,
    },
}
