#![no_std]
#![no_main]

zkvm_guest_std::entry!(main);

fn main() {
    zkvm_guest_std::write_output(&peer_programs::run(peer_programs::sort, zkvm_guest_std::read_input()));
}
