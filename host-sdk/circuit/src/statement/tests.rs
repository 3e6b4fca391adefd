use p3_field::{PrimeCharacteristicRing, PrimeField64};

use super::*;
use crate::F;
use crate::cells::REGISTERS;
use crate::chips::testing::Random;
use crate::image::byte_cells;
use crate::tree::region_digest;

const EXIT_CODE: u32 = 0x8000_0007;

fn bytes(length: usize) -> Vec<u8> {
    let mut random = Random(length as u64);
    (0..length).map(|_| random.next() as u8).collect()
}

/// A final memory with this output, followed by other bytes, as every guest may leave them.
fn memory(output: &[u8], followed: bool) -> MemoryTree {
    let mut region = (output.len() as u64).to_le_bytes().to_vec();
    region.extend(output);
    if followed {
        region.extend(bytes(1000));
    }
    let other = [(0x1_0000, 5), (REGISTERS + 9, 1), (REGISTERS + 10, 0xffff_ffff_0000_0000 | u64::from(EXIT_CODE))];
    MemoryTree::new(byte_cells(OUTPUT.start, &region).into_iter().chain(other))
}

#[test]
fn the_initial_root_follows_from_program_and_input() {
    let program = [(0x1_0000, 1), (OUTPUT.start / 8, 2), (OUTPUT.end / 8 - 1, 3), (0x1000_0000, 4), (REGISTERS + 2, 5)];
    let memory = InitialMemory::new(&program);
    for length in [0, 1, 32, 1000] {
        let input = bytes(length);
        let cells = program.into_iter().chain(byte_cells(INPUT.start, &input));
        let digest = region_digest(INPUT, &input).expect("it fits");
        assert_eq!(memory.root(&digest), MemoryTree::new(cells).root());
    }
    for other in 0..program.len() {
        let mut program = program;
        program[other].1 += 1;
        assert_ne!(InitialMemory::new(&program), memory);
    }
}

#[test]
fn what_a_guest_leaves_is_opened_and_checked() {
    for length in (0..200).chain([1000, 4096, 40_000]) {
        let output = bytes(length);
        for followed in [false, true] {
            let memory = memory(&output, followed);
            let opening = open(&memory, length).expect("it fits");
            assert_eq!(check(&opening, &memory.root(), &output, EXIT_CODE), Ok(()), "{length} bytes");
        }
    }
}

/// Every opening that differs from `opening` in one element, one more or one less.
fn changed(opening: &FinalOpening) -> Vec<FinalOpening> {
    let mut all = Vec::new();
    let mut change = |edit: &dyn Fn(&mut FinalOpening)| {
        let mut changed = opening.clone();
        edit(&mut changed);
        all.push(changed);
    };
    for bit in 0..8 * opening.tail.len() {
        change(&|it| it.tail[bit / 8] ^= 1 << (bit % 8));
    }
    for digest in 0..opening.right.len() * 4 {
        change(&|it| it.right[digest / 4][digest % 4] += F::ONE);
    }
    for digest in 0..OUTPUT_LEVELS * 4 {
        change(&|it| it.beside_output[digest / 4][digest % 4] += F::ONE);
    }
    for digest in 0..REGISTER_LEVELS * 4 {
        change(&|it| it.beside_registers[digest / 4][digest % 4] += F::ONE);
    }
    for bit in 0..256 {
        change(&|it| it.registers[bit / 64] ^= 1 << (bit % 64));
    }
    change(&|it| it.tail.push(0));
    change(&|it| it.right.push(Digest::default()));
    if !opening.tail.is_empty() {
        change(&|it| _ = it.tail.pop());
        change(&|it| it.tail.clear());
    }
    if !opening.right.is_empty() {
        change(&|it| _ = it.right.pop());
        change(&|it| it.right.clear());
    }
    all
}

#[test]
fn nothing_in_an_opening_can_be_changed() {
    for length in [0, 20, 24, 56, 100] {
        let output = bytes(length);
        // Zeros after the output: a tail left out would be hashed just so.
        for followed in [false, true] {
            let memory = memory(&output, followed);
            let opening = open(&memory, length).expect("it fits");
            let changed = changed(&opening);
            assert!(changed.len() > 256 + 4 * (OUTPUT_LEVELS + REGISTER_LEVELS));
            for it in changed {
                assert!(check(&it, &memory.root(), &output, EXIT_CODE).is_err(), "{it:?} for {opening:?}");
            }
        }
    }
}

#[test]
fn no_other_claim_fits_the_root() {
    for length in [0, 1, 23, 24, 25, 100] {
        let output = bytes(length);
        let memory = memory(&output, true);
        let root = memory.root();
        let opening = open(&memory, length).expect("it fits");
        for bit in 0..32 {
            let claimed = EXIT_CODE ^ 1 << bit;
            let expected = Err(OpeningError::ExitCode { claimed, actual: EXIT_CODE });
            assert_eq!(check(&opening, &root, &output, claimed), expected);
        }
        for element in 0..4 {
            let mut other = root;
            other[element] += F::ONE;
            assert_eq!(check(&opening, &other, &output, EXIT_CODE), Err(OpeningError::Root));
        }
        for bit in 0..8 * length {
            let mut other = output.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(check(&opening, &root, &other, EXIT_CODE), Err(OpeningError::Root));
        }
        // Shorter or longer by bytes that memory holds there, with the opening that such an output would have.
        let after = [output.clone(), bytes(1000)].concat();
        for claimed in (0..length + 100).filter(|claimed| *claimed != length) {
            let other = open(&memory, claimed).expect("it fits");
            assert_eq!(check(&other, &root, &after[..claimed], EXIT_CODE), Err(OpeningError::Root));
            assert!(check(&opening, &root, &after[..claimed], EXIT_CODE).is_err());
        }
    }
}

#[test]
fn an_output_fills_its_region_at_most() {
    let room = (OUTPUT.bytes() - LENGTH_BYTES) as usize;
    let full = OutputShape::new(room).expect("it fits");
    assert_eq!((full.leaves as u64, full.tail, full.right.len()), (OUTPUT.bytes() / LEAF_BYTES as u64, 0, 0));
    let opening = open(&MemoryTree::default(), room);
    assert!(opening.is_ok());
    for bytes in [room + 1, usize::MAX] {
        assert_eq!(open(&MemoryTree::default(), bytes), Err(OpeningError::OutputTooLong { bytes }));
    }
}

#[test]
fn each_opening_has_one_encoding() {
    let opening = open(&memory(&bytes(20), true), 20).expect("it fits");
    let encoded = postcard::to_allocvec(&opening).expect("plain data");
    assert_eq!(postcard::from_bytes(&encoded), Ok(opening.clone()));
    for end in 0..encoded.len() {
        assert!(postcard::from_bytes::<FinalOpening>(&encoded[..end]).is_err());
    }
    // An element as a number not below p: refused wherever it stands.
    let first = opening.right[0][0].as_canonical_u64().to_le_bytes();
    let at = encoded.windows(8).position(|window| window == first).expect("the element is there");
    for value in [F::ORDER_U64, u64::MAX] {
        let mut other = encoded.clone();
        other[at..at + 8].copy_from_slice(&value.to_le_bytes());
        assert!(postcard::from_bytes::<FinalOpening>(&other).is_err());
    }
    // A length that the bytes do not have is an error, not an allocation.
    let mut other = vec![0xff, 0xff, 0xff, 0xff, 0x0f];
    other.extend(&encoded);
    assert!(postcard::from_bytes::<FinalOpening>(&other).is_err());
}
