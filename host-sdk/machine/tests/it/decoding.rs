//! Decoder and encoder were written separately from the manual's tables; they must be inverse.

use rand::rngs::SmallRng;
use rand::{RngCore, SeedableRng};
use zkvm_machine::{Instruction, decode};
use zkvm_test_support::{encode, random_program};

#[test]
fn what_is_encoded_decodes_to_itself() {
    let mut rng = SmallRng::seed_from_u64(1);
    for _ in 0..200 {
        for instruction in random_program(&mut rng, 500) {
            assert_eq!(decode(encode(instruction)), Some(instruction), "{:#010x}", encode(instruction));
        }
    }
}

/// The bits of a word that its instruction does not depend on: the hints of FENCE, aq and rl of the atomics.
fn significant(word: u32, instruction: Instruction) -> u32 {
    match instruction {
        Instruction::Fence => encode(Instruction::Fence),
        Instruction::LoadReserved { .. } | Instruction::StoreConditional { .. } | Instruction::Amo { .. } => {
            word & !(3 << 25)
        }
        _ => word,
    }
}

#[test]
fn what_decodes_encodes_to_itself() {
    let mut rng = SmallRng::seed_from_u64(2);
    let mut decoded = 0;
    for _ in 0..2_000_000 {
        // Valid opcodes end in 11.
        let word = rng.next_u32() | 3;
        if let Some(instruction) = decode(word) {
            assert_eq!(encode(instruction), significant(word, instruction), "{instruction}");
            decoded += 1;
        }
    }
    assert!(decoded > 100_000, "{decoded}");
}

#[test]
fn words_of_other_extensions_are_no_instructions() {
    // By the manual's listings: all zeros, all ones, c.nop, unimp, fence.i, mret, flw, fadd.s, ldu, slli with a 7-bit
    // amount, slliw by 32, mulhw (reserved), lr.d with rs2, amo.b, andn (Zbb), csrr.
    let words = [
        0,
        0xffff_ffff,
        0x0000_0001,
        0xc000_1073,
        0x0000_100f,
        0x3020_0073,
        0x0000_2007,
        0x0000_0053,
        0x0000_7003,
        0x0400_1013 | 1 << 27,
        0x0200_101b,
        0x0200_103b,
        0x1010_302f,
        0x0000_002f,
        0x4000_7033,
        0xc000_2573,
    ];
    for word in words {
        assert_eq!(decode(word), None, "{word:#010x}");
    }
}
