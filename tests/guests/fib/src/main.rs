//! Recursive Fibonacci numbers: calls, returns and the stack.
use guest_common::parameters;

fn fibonacci(n: u64) -> u64 {
    if n < 2 { n } else { fibonacci(n - 1) + fibonacci(n - 2) }
}

fn main() {
    let ([n], _) = parameters();
    zkvm_guest_std::write_output(&fibonacci(n).to_le_bytes());
}
