//! `memcpy` and its kin against loops over bytes: all lengths around the block sizes, offsets, overlaps, differences. And
//! the allocator: blocks of all sizes and alignments, taken, grown, shrunk and given back in a random order.
use std::alloc::{Layout, alloc, alloc_zeroed, dealloc, realloc};

unsafe extern "C" {
    fn memcpy(to: *mut u8, from: *const u8, bytes: usize) -> *mut u8;
    fn memmove(to: *mut u8, from: *const u8, bytes: usize) -> *mut u8;
    fn memset(to: *mut u8, byte: i32, bytes: usize) -> *mut u8;
    fn memcmp(a: *const u8, b: *const u8, bytes: usize) -> i32;
    fn bcmp(a: *const u8, b: *const u8, bytes: usize) -> i32;
    fn strlen(string: *const u8) -> usize;
}

/// Bytes around the destination, which must stay as they are.
const MARGIN: usize = 16;
const UNTOUCHED: u8 = 0xee;

fn pattern(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|i| (i * 131 + i / 7 * 17 + 5) as u8).collect()
}

fn lengths() -> impl Iterator<Item = usize> {
    (0..=140).chain([191, 192, 193, 255, 256, 257, 300, 513])
}

#[track_caller]
fn check_written(buffer: &[u8], start: usize, want: &[u8]) {
    let end = start + want.len();
    assert_eq!(&buffer[start..end], want);
    assert!(buffer[..start].iter().chain(&buffer[end..]).all(|&byte| byte == UNTOUCHED), "wrote outside");
}

fn copies() {
    for bytes in lengths() {
        for offset in [0, 1, 7] {
            let from = pattern(bytes + offset);
            let mut to = vec![UNTOUCHED; bytes + 2 * MARGIN];
            let start = MARGIN - offset;
            let target = to[start..].as_mut_ptr();
            assert_eq!(unsafe { memcpy(target, from[offset..].as_ptr(), bytes) }, target);
            check_written(&to, start, &from[offset..]);
        }
    }
}

fn moves() {
    const START: usize = 250;
    for bytes in lengths() {
        for distance in [1_isize, -1, 3, -8, 9, -17, 40, 63, 64, 65, -64, 100, -100, 200] {
            let mut buffer = pattern(bytes + 2 * START);
            let mut want = buffer.clone();
            let to = START.wrapping_add_signed(distance);
            for i in 0..bytes {
                want[to + i] = buffer[START + i];
            }
            let base = buffer.as_mut_ptr();
            unsafe { memmove(base.add(to), base.add(START), bytes) };
            assert!(buffer == want, "{bytes} bytes over a distance of {distance}");
        }
    }
}

fn fills() {
    for bytes in lengths() {
        for byte in [0, 0x5a, 0x1ff] {
            let mut to = vec![UNTOUCHED; bytes + 2 * MARGIN];
            unsafe { memset(to[MARGIN..].as_mut_ptr(), byte, bytes) };
            check_written(&to, MARGIN, &vec![byte as u8; bytes]);
        }
    }
}

fn comparisons() {
    for bytes in 0..100 {
        let a = pattern(bytes + 1);
        assert_eq!(unsafe { memcmp(a[1..].as_ptr(), a.clone()[1..].as_ptr(), bytes) }, 0);
        for at in 1..=bytes {
            let mut b = a.clone();
            b[at] = b[at].wrapping_add(100);
            // A later difference the other way round must not count.
            b[at + 1..].iter_mut().for_each(|byte| *byte = !*byte);
            let want = (i32::from(a[at]) - i32::from(b[at])).signum();
            assert_eq!(unsafe { memcmp(a[1..].as_ptr(), b[1..].as_ptr(), bytes) }.signum(), want, "{bytes}, {at}");
            assert_ne!(unsafe { bcmp(a[1..].as_ptr(), b[1..].as_ptr(), bytes) }, 0);
        }
    }
}

fn strings() {
    for bytes in 0..40 {
        for offset in 0..9 {
            let mut string = vec![0x80_u8 + bytes as u8; offset + bytes + 20];
            string[..offset].fill(0);
            string[offset + bytes] = 0;
            assert_eq!(unsafe { strlen(string[offset..].as_ptr()) }, bytes);
        }
    }
}

/// A block and the byte that fills it.
struct Block {
    start: *mut u8,
    layout: Layout,
    byte: u8,
}

impl Block {
    /// What was written when the block got this size is still there: nobody else has it.
    fn check(&self) {
        let bytes = unsafe { std::slice::from_raw_parts(self.start, self.layout.size()) };
        assert!(bytes.iter().all(|&byte| byte == self.byte), "{:?} at {:p}", self.layout, self.start);
        assert!(self.start.addr().is_multiple_of(self.layout.align()), "{:?} at {:p}", self.layout, self.start);
    }

    fn fill(&mut self, byte: u8) {
        self.byte = byte;
        unsafe { self.start.write_bytes(byte, self.layout.size()) };
    }
}

fn allocations() {
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize % below
    };
    let mut blocks: Vec<Block> = Vec::new();
    for round in 0..4000 {
        // Mostly small, sometimes large.
        let limit = [16, 100, 1100, 40_000][random(4)];
        let size = 1 + random(limit);
        let choice = random(blocks.len().max(30));
        match blocks.get_mut(choice) {
            Some(block) if random(2) == 0 => {
                block.check();
                block.start = unsafe { realloc(block.start, block.layout, size) };
                let kept = Layout::from_size_align(size.min(block.layout.size()), block.layout.align());
                block.layout = kept.expect("the size is small");
                block.check();
                block.layout = Layout::from_size_align(size, block.layout.align()).expect("the size is small");
                block.fill(round as u8);
            }
            Some(_) => {
                let block = blocks.swap_remove(choice);
                block.check();
                unsafe { dealloc(block.start, block.layout) };
            }
            None => {
                let layout = Layout::from_size_align(size, 1 << random(8)).expect("the size is small");
                let is_zeroed = random(2) == 0;
                let start = unsafe { if is_zeroed { alloc_zeroed(layout) } else { alloc(layout) } };
                let mut block = Block { start, layout, byte: 0 };
                if is_zeroed {
                    block.check();
                }
                block.fill(round as u8);
                blocks.push(block);
            }
        }
    }
    blocks.iter().for_each(Block::check);
}

fn main() {
    allocations();
    copies();
    moves();
    fills();
    comparisons();
    strings();
}
