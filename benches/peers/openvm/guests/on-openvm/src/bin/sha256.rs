#![no_std]
#![no_main]

openvm::entry!(main);

fn main() {
    openvm::io::reveal_bytes32(peer_programs::run(peer_programs::sha256, &openvm::io::read_vec()));
}
