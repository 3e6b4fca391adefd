//! What a guest program is and what its instructions mean: ELF loading, decoding, and the reference semantics that the
//! translator, the replay and the proof system are tested against.
//!
//! ```
//! use zkvm_machine::{Instruction, Reg, decode};
//! // addi a0, a0, 1
//! let instruction = decode(0x0015_0513).expect("an instruction of RV64IMA");
//! assert_eq!(instruction.destination(), Some(Reg::A0));
//! ```

mod class;
mod debug;
mod decode;
mod display;
mod elf;
mod input;
mod instruction;
mod memory;
mod program;
mod step;
mod trap;

pub use class::Class;
pub use debug::{Frame, Symbols, unwind};
pub use decode::decode;
pub use elf::ElfError;
pub use input::{Input, InputTooLarge};
pub use instruction::{AluOp, AmoOp, Cond, Flow, Instruction, MulOp, OpWidth, Reg, Signedness, Width};
pub use memory::{GuestMemory, PagedMemory, Permissions};
pub use program::{Access as MemoryAccess, Function, Program, ProgramId, Segment, TextRange};
pub use step::{Access, Event, MachineState, Memory, Reservation, StepRecord, extend, holds, step};
pub use trap::{Outcome, Trap};
