//! What a Rom holds, for people: each RISC-V instruction with its x86-64 code.

use std::io::Write;

use iced_x86::{Decoder, DecoderOptions, Formatter, Instruction as X86, IntelFormatter, Register};
use zkvm_machine::{Program, Reg, TextRange};

use crate::layout::STATE_BIAS;
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
    writeln!(out, "; rbp: state block, r14: steps left, r15: memory read log, gs: guest memory; between blocks:")?;
    if let Some(range) = rom.ranges.first() {
        writeln!(out, "; {}", homes(&range.maps.common))?;
    }
    let mut formatter = IntelFormatter::new();
    formatter.options_mut().set_space_after_operand_separator(true);
    for (text, range) in program.text().iter().zip(&rom.ranges) {
        let mut range_listing = RangeListing { program, rom, range, text, formatter: &mut formatter };
        for slot in 0..text.slots.len() {
            range_listing.slot(slot, out)?;
        }
    }
    Ok(())
}

fn homes(map: &RegisterMap) -> String {
    let home =
        |(index, home): (usize, u8)| format!("{} in {:?}", Reg::new(index as u32), Register::RAX + u32::from(home));
    map.mapped().map(home).collect::<Vec<_>>().join(", ")
}

struct RangeListing<'l> {
    program: &'l Program,
    rom: &'l Rom,
    range: &'l RomRange,
    text: &'l TextRange,
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
            if let Some(region) = self.range.maps.regions.iter().find(|region| region.slots.start as usize == slot) {
                writeln!(out, "  ; for {} instructions {}", region.slots.len(), homes(&region.map))?;
            }
        }
        let word = self.program.word(pc).unwrap_or(0);
        match self.text.slots[slot] {
            Some(instruction) => {
                writeln!(out, "  {pc:08x}  {word:08x}  {instruction}{}", self.in_memory(slot, instruction))?
            }
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

    /// Which of the instruction's registers live in memory.
    fn in_memory(&self, slot: usize, instruction: zkvm_machine::Instruction) -> String {
        let (rs1, rs2) = instruction.sources();
        let map = self.range.maps.at(slot);
        let all = [instruction.destination().unwrap_or(Reg::ZERO), rs1, rs2];
        let in_memory = |reg: &&Reg| matches!(map.place(**reg), Place::Slot(_));
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
    None
}
