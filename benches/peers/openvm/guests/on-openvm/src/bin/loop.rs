#![no_std]
#![no_main]

openvm::entry!(main);

fn main() {
    openvm::io::reveal_bytes32(peer_programs::run(peer_programs::integer_loop, &openvm::io::read_vec()));
}
