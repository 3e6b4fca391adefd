//! Guest memory before the first step, by word.

use zkvm_machine::Program;

/// The initial contents of memory; what is in no piece is 0.
pub(crate) struct Image<'m> {
    /// Address and bytes, sorted, without overlap.
    pieces: Vec<(u64, &'m [u8])>,
}

impl<'m> Image<'m> {
    /// The memory `program` starts with when its input region holds `input`.
    pub fn new(program: &'m Program, input: &'m [u8]) -> Image<'m> {
        let segments = program.segments().iter().map(|segment| (segment.region.start, segment.data.as_slice()));
        let mut pieces: Vec<_> = segments.chain([(zkvm_abi::INPUT.start, input)]).collect();
        pieces.sort_by_key(|&(start, _)| start);
        Image { pieces }
    }

    /// The word at `address`, a multiple of 8.
    pub fn word(&self, address: u64) -> u64 {
        let mut word = [0; 8];
        let first = self.pieces.partition_point(|&(start, data)| start + data.len() as u64 <= address);
        for &(start, data) in self.pieces[first..].iter().take_while(|&&(start, _)| start < address + 8) {
            let from = start.max(address);
            let to = (start + data.len() as u64).min(address + 8);
            if from < to {
                let bytes = &data[(from - start) as usize..(to - start) as usize];
                word[(from - address) as usize..(to - address) as usize].copy_from_slice(bytes);
            }
        }
        u64::from_le_bytes(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_made_of_all_pieces_it_touches() {
        let pieces: Vec<(u64, &[u8])> = vec![(0x101, &[1, 2]), (0x104, &[]), (0x105, &[3, 4, 5, 6, 7])];
        let image = Image { pieces };
        assert_eq!(image.word(0x100), u64::from_le_bytes([0, 1, 2, 0, 0, 3, 4, 5]));
        assert_eq!(image.word(0x108), u64::from_le_bytes([6, 7, 0, 0, 0, 0, 0, 0]));
        assert_eq!(image.word(0x110), 0);
    }
}
