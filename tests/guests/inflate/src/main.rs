//! DEFLATE both ways: the document compressed at every level asked for and decompressed again.
use guest_common::{Checksum, parameters};
use miniz_oxide::{deflate::compress_to_vec_zlib, inflate::decompress_to_vec_zlib};

fn main() {
    let ([highest_level, bytes, rounds], document) = parameters();
    let document = &document[..document.len().min(bytes as usize)];
    let mut checksum = Checksum::default();
    for level in (0..=highest_level as u8).cycle().take(rounds as usize) {
        let compressed = compress_to_vec_zlib(document, level);
        let back = decompress_to_vec_zlib(&compressed).expect("what was just compressed");
        assert!(back == document, "level {level} changed the document");
        checksum.bytes(&compressed);
    }
    zkvm_guest_std::write_output(&checksum.to_bytes());
}
