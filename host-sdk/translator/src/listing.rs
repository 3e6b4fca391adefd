//! What a Rom holds, for people: each RISC-V instruction with its x86-64 code.

use std::io::Write;

use iced_x86::{Decoder, DecoderOptions, Formatter, Instruction as X86, IntelFormatter, Register};
use zkvm_machine::{Program, Reg, TextRange};

use crate::layout::{STATE_BIAS, State};
use crate::registers::{Place, RegisterMap};
use crate::rom::{Rom, RomRange};

/// Writes the listing of `rom`, which must have been made from `program`: register homes, then per function and block the
/// instructions, each with its native code, and remarks on what touches guest memory, the log or the state block. Code
/// beside the straight path (exits, division by zero) is left out.
///
/// # Errors
/// Those of `out`.
pub fn listing(program: &Program, rom: &Rom, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "; program {}", program.id())?;
    writeln!(out, "; {} bytes of text, {} bytes of native code", program.text_bytes(), rom.code_bytes())?;
    writeln!(out, "; rbp: state block, r14: steps left, r15: memory read log, gs: guest memory, rax and rdx: scratch")?;
    let registers = RegisterMap::for_program(program);
    for (index, home) in registers.mapped() {
        writeln!(out, "; {:4} lives in {:?}", Reg::new(index as u32).to_string(), full_register(home))?;
    }
    let mut formatter = IntelFormatter::new();
    formatter.options_mut().set_space_after_operand_separator(true);
    for (text, range) in program.text().iter().zip(&rom.ranges) {
        let mut range_listing =
            RangeListing { program, rom, range, text, registers: &registers, formatter: &mut formatter };
        for slot in 0..text.slots.len() {
            range_listing.slot(slot, out)?;
        }
    }
    Ok(())
}

fn full_register(number: u8) -> Register {
    Register::RAX + u32::from(number)
}

struct RangeListing<'l> {
    program: &'l Program,
    rom: &'l Rom,
    range: &'l RomRange,
    text: &'l TextRange,
    registers: &'l RegisterMap,
    formatter: &'l mut IntelFormatter,
}

impl RangeListing<'_> {
    fn slot(&mut self, slot: usize, out: &mut dyn Write) -> std::io::Result<()> {
        let pc = self.text.start + 4 * slot as u64;
        if let Some(function) = self.program.function_at(pc).filter(|function| function.start == pc) {
            writeln!(out, "\n{:08x} <{:#}>:", pc, rustc_demangle::demangle(&function.name))?;
        }
        if self.range.entries.is_entry(slot) {
            let length = self.range.entries.block_end(slot) - slot;
            writeln!(out, "  ; block of {length}")?;
        }
        let word = self.program.word(pc).unwrap_or(0);
        match self.text.slots[slot] {
            Some(instruction) => writeln!(out, "  {pc:08x}  {word:08x}  {instruction}{}", self.homes(instruction))?,
            None => writeln!(out, "  {pc:08x}  {word:08x}  (no instruction)")?,
        }
        let (start, end) = (self.range.offsets[slot] as usize, self.range.offsets[slot + 1] as usize);
        let code = &self.rom.code[start..end];
        let mut decoder = Decoder::with_ip(64, code, start as u64, DecoderOptions::NONE);
        let (mut x86, mut line) = (X86::default(), String::new());
        while decoder.can_decode() {
            decoder.decode_out(&mut x86);
            line.clear();
            self.formatter.format(&x86, &mut line);
            writeln!(out, "      {:06x}    {line:40}{}", x86.ip(), remark(&x86))?;
        }
        Ok(())
    }

    /// Where the instruction's registers live, if any of them lives in memory.
    fn homes(&self, instruction: zkvm_machine::Instruction) -> String {
        let (rs1, rs2) = instruction.sources();
        let all = [instruction.destination().unwrap_or(Reg::ZERO), rs1, rs2];
        let in_memory = |reg: &&Reg| matches!(self.registers.place(**reg), Place::Slot(_));
        let mut names: Vec<String> = all.iter().filter(in_memory).map(Reg::to_string).collect();
        names.dedup();
        if names.is_empty() { String::new() } else { format!("    ; {} in memory", names.join(", ")) }
    }
}

fn remark(x86: &X86) -> String {
    if x86.segment_prefix() == Register::GS {
        return "; guest memory".into();
    }
    match (x86.memory_base(), x86.op0_register()) {
        (Register::R15, Register::R15) => "; past this block's log entries".into(),
        (Register::R15, _) => "; log".into(),
        (Register::RBP, _) => state_field(x86.memory_displacement64() as i64).unwrap_or_default(),
        (Register::None, Register::R14) => "; steps of this block".into(),
        _ => String::new(),
    }
}

fn state_field(displacement: i64) -> Option<String> {
    let offset = usize::try_from(displacement + i64::from(STATE_BIAS)).ok()?;
    if offset < 32 * 8 {
        let reg = Reg::new(offset as u32 / 8);
        return Some(if offset % 8 == 0 { format!("; {reg}") } else { format!("; upper half of {reg}") });
    }
    let counts = std::mem::offset_of!(State, load_counts);
    (counts..size_of::<State>()).contains(&offset).then(|| "; counts the block's loads".to_owned())
}
