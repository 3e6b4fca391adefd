//! Instruction words (RISC-V Unprivileged ISA 20240411, §2 and chapter 35) and minimal ELF files.

pub const TEXT: u64 = 0x1_0000;
pub const DATA: u64 = 0x2_0000;

pub fn r(opcode: u32, funct3: u32, funct7: u32, rd: u32, rs1: u32, rs2: u32) -> u32 {
    opcode | rd << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | funct7 << 25
}

pub fn i(opcode: u32, funct3: u32, rd: u32, rs1: u32, imm: i32) -> u32 {
    opcode | rd << 7 | funct3 << 12 | rs1 << 15 | (imm as u32) << 20
}

pub fn addi(rd: u32, rs1: u32, imm: i32) -> u32 {
    i(0x13, 0, rd, rs1, imm)
}

pub fn load(funct3: u32, rd: u32, rs1: u32, offset: i32) -> u32 {
    i(0x03, funct3, rd, rs1, offset)
}

pub fn store(funct3: u32, rs2: u32, rs1: u32, offset: i32) -> u32 {
    let offset = offset as u32;
    0x23 | (offset & 31) << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | (offset >> 5) << 25
}

pub fn branch(funct3: u32, rs1: u32, rs2: u32, offset: i32) -> u32 {
    let bits = |from: u32, count: u32| (offset as u32 >> from) & ((1 << count) - 1);
    0x63 | bits(11, 1) << 7
        | bits(1, 4) << 8
        | funct3 << 12
        | rs1 << 15
        | rs2 << 20
        | bits(5, 6) << 25
        | bits(12, 1) << 31
}

pub fn jal(rd: u32, offset: i32) -> u32 {
    let bits = |from: u32, count: u32| (offset as u32 >> from) & ((1 << count) - 1);
    0x6f | rd << 7 | bits(12, 8) << 12 | bits(11, 1) << 20 | bits(1, 10) << 21 | bits(20, 1) << 31
}

pub fn jalr(rd: u32, rs1: u32, offset: i32) -> u32 {
    i(0x67, 0, rd, rs1, offset)
}

pub fn lui(rd: u32, imm20: u32) -> u32 {
    0x37 | rd << 7 | imm20 << 12
}

pub fn auipc(rd: u32, imm20: u32) -> u32 {
    0x17 | rd << 7 | imm20 << 12
}

/// `funct5` as in the manual's table: 2 `lr`, 3 `sc`, 1 `amoswap`, 0 `amoadd`, …
pub fn atomic(funct5: u32, funct3: u32, rd: u32, rs1: u32, rs2: u32) -> u32 {
    r(0x2f, funct3, funct5 << 2, rd, rs1, rs2)
}

pub const ECALL: u32 = 0x73;
pub const FENCE: u32 = 0x0ff0_000f;

/// A static executable: `text` at [`TEXT`], readable and executable; `data` at [`DATA`], readable and writable.
pub fn elf(text: &[u32], data: &[u8]) -> Vec<u8> {
    let text: Vec<u8> = text.iter().flat_map(|word| word.to_le_bytes()).collect();
    let text_offset = 64 + 2 * 56;
    let data_offset = text_offset + text.len() as u64;
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    let mut half = |value: u16| file.extend(value.to_le_bytes());
    half(2);
    half(0xf3);
    file.extend(1u32.to_le_bytes());
    for value in [TEXT, 64, 0] {
        file.extend(value.to_le_bytes());
    }
    file.extend(0u32.to_le_bytes());
    for value in [64u16, 56, 2, 64, 0, 0] {
        file.extend(value.to_le_bytes());
    }
    for (flags, offset, address, bytes) in [(5u32, text_offset, TEXT, text.len()), (6, data_offset, DATA, data.len())] {
        file.extend(1u32.to_le_bytes());
        file.extend(flags.to_le_bytes());
        for value in [offset, address, address, bytes as u64, bytes as u64, 8] {
            file.extend(value.to_le_bytes());
        }
    }
    file.extend(text);
    file.extend(data);
    file
}
