//! Panics if its first parameter is not below its second, after part of the output has been written.
use guest_common::parameters;
use zkvm_guest_std::write_output;

fn main() {
    let ([value, limit], _) = parameters();
    write_output(b"before");
    assert!(value < limit, "{value} is not below {limit}");
    write_output(b"after");
}
