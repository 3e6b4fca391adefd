//! What one step does to one 8-byte word.

use zkvm_machine::Access;

/// `kind` of an operation that only reads.
pub(crate) const READ: u8 = 0;
/// `kind` of an operation that only writes.
pub(crate) const WRITE: u8 = 1;
/// `kind` of an operation that reads and writes.
pub(crate) const READ_WRITE: u8 = 2;

/// An operation; values stand at their place in the word, bytes outside `mask` are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Operation {
    pub step: u64,
    pub read: u64,
    pub written: u64,
    /// Byte address of the word.
    pub word_address: u32,
    /// Bit i: byte i of the word.
    pub mask: u8,
    pub kind: u8,
    pub slot: u8,
}

impl Operation {
    /// Bytes of an operation in a spill file.
    pub const BYTES: usize = 32;

    pub fn to_bytes(self) -> [u8; Operation::BYTES] {
        let mut bytes = [0; Operation::BYTES];
        bytes[..8].copy_from_slice(&self.step.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.read.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.written.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.word_address.to_le_bytes());
        bytes[28..31].copy_from_slice(&[self.mask, self.kind, self.slot]);
        bytes
    }

    pub fn from_bytes(bytes: &[u8; Operation::BYTES]) -> Operation {
        let word = |at: usize| u64::from_le_bytes(*bytes[at..].first_chunk().expect("at most 24 of 32"));
        let [mask, kind, slot] = [bytes[28], bytes[29], bytes[30]];
        Operation { step: word(0), read: word(8), written: word(16), word_address: word(24) as u32, mask, kind, slot }
    }

    /// The bits of the bytes in `mask`.
    #[inline]
    pub fn bits(self) -> u64 {
        // Spreads the 8 mask bits over the lowest bits of 8 bytes, then fills each byte.
        let spread = (u64::from(self.mask & 0x7f).wrapping_mul(0x0002_0408_1020_4081) & 0x0101_0101_0101_0101)
            | u64::from(self.mask >> 7) << 56;
        spread.wrapping_mul(0xff)
    }
}

/// The operations of `access` in `step`: one, or two if it spans two words.
#[inline]
pub(crate) fn operations(step: u64, access: &Access) -> (Operation, Option<Operation>) {
    let offset = (access.address & 7) as u32;
    let word_address = (access.address & !7) as u32;
    let kind = match (access.read, access.written) {
        (_, None) => READ,
        (None, Some(_)) => WRITE,
        (Some(_), Some(_)) => READ_WRITE,
    };
    let bytes_mask = (1u16 << access.width.bytes()) - 1;
    let (read, written) = (access.read.unwrap_or(0), access.written.unwrap_or(0));
    let first = Operation {
        step,
        read: read << (8 * offset),
        written: written << (8 * offset),
        word_address,
        mask: (bytes_mask << offset) as u8,
        kind,
        slot: 0,
    };
    let beyond = bytes_mask << offset >> 8;
    let second = (beyond != 0).then(|| {
        let shift = 8 * (8 - offset);
        Operation {
            read: read >> shift,
            written: written >> shift,
            word_address: word_address.wrapping_add(8),
            mask: beyond as u8,
            slot: 1,
            ..first
        }
    });
    (first, second)
}

#[cfg(test)]
mod tests {
    use zkvm_machine::Width;

    use super::*;

    #[test]
    fn an_access_across_a_word_boundary_is_two_operations() {
        let access =
            Access { address: 0x4000_0005, width: Width::Double, read: None, written: Some(0x8877_6655_4433_2211) };
        let (first, second) = operations(9, &access);
        assert_eq!((first.word_address, first.mask, first.written), (0x4000_0000, 0xe0, 0x3322_1100_0000_0000));
        let second = second.unwrap();
        assert_eq!((second.word_address, second.mask, second.written), (0x4000_0008, 0x1f, 0x88_7766_5544));
        assert_eq!((second.slot, second.kind, second.bits()), (1, WRITE, 0xff_ffff_ffff));
        assert_eq!(Operation::from_bytes(&second.to_bytes()), second);
    }

    #[test]
    fn bits_cover_exactly_the_bytes_of_the_mask() {
        for mask in 0..=255u8 {
            let expected = (0..8).filter(|bit| mask >> bit & 1 == 1).map(|bit| 0xffu64 << (8 * bit)).sum::<u64>();
            assert_eq!(Operation { mask, ..Operation::default() }.bits(), expected, "{mask:#x}");
        }
    }
}
